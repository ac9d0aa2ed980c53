/** A member of objects of other code, which only its holder can see. */
interface PrivateMember<Value> {
  get(owner: object): Value | undefined;
  set(owner: object, value: Value): void;
}

// eslint-disable-next-line @typescript-eslint/no-extraneous-class -- what it returns is all it is for
class Returned {
  constructor(owner: object) {
    // What a base class returns is what a derived class adds its private fields to.
    return owner;
  }
}

/**
 * Makes a member that is as private as an entry of a WeakMap: no header, body or middleware can put a value there, and
 * neither copies nor logs of the owner show it. Unlike an entry of a WeakMap it dies with its owner: V8 keeps what a
 * WeakMap holds until the next full collection, and moves it to the old generation before, which took a tenth of the
 * time of a request.
 */
export function privateMember<Value>(): PrivateMember<Value> {
  class Member extends Returned {
    #value: Value | undefined;

    static read(owner: object): Value | undefined {
      return #value in owner ? owner.#value : undefined;
    }

    static write(owner: object, value: Value): void {
      const member = #value in owner ? owner : new Member(owner);
      member.#value = value;
    }
  }
  return {
    get: (owner) => Member.read(owner),
    set: (owner, value) => {
      Member.write(owner, value);
    },
  };
}
