import { expect } from '@jest/globals';

const PROTOTYPES: Readonly<Record<string, object>> = {
  Object: Object.prototype,
  Array: Array.prototype,
  Function: Function.prototype,
  String: String.prototype,
  Number: Number.prototype,
  Promise: Promise.prototype,
  Error: Error.prototype,
  Map: Map.prototype,
};

/** Every own property of every prototype that a payload could reach, by identity of what it holds. */
function snapshot(): Map<string, readonly unknown[]> {
  const entries = Object.entries(PROTOTYPES).flatMap(([owner, prototype]) =>
    Reflect.ownKeys(prototype).map((key): [string, readonly unknown[]] => {
      const descriptor = Reflect.getOwnPropertyDescriptor(prototype, key) ?? {};
      return [`${owner}.${String(key)}`, Object.values(descriptor)];
    }),
  );
  return new Map(entries);
}

/** Remembers the built-in prototypes; call what is returned to expect that they are as they were. */
export function watchPrototypes(): () => void {
  const before = snapshot();
  return () => {
    const after = snapshot();
    const changed = [...new Set([...before.keys(), ...after.keys()])].filter((name) => {
      const [was, is] = [before.get(name), after.get(name)];
      return was === undefined || is === undefined || was.some((part, at) => !Object.is(part, is[at]));
    });
    expect(changed).toEqual([]);
    expect(Object.keys({})).toEqual([]);
  };
}
