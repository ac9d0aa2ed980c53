import { createParamDecorator, type ExecutionContext, type PipeTransform } from '@nestjs/common';
import { CallbackRequest, UnsecuredRouteError } from '../request/callback-request.js';
import { OwnFault } from '../verification/own-fault.js';

const injectClaims = untouchedParameter(({ token }) => token.claims);
const injectProject = untouchedParameter(({ token }) => token.projectId);
const injectPayload = untouchedParameter(({ content }) => content.payload);
const injectAttempt = untouchedParameter(({ attempt }) => attempt);
const injectKind = untouchedParameter(({ token }) => token.kind);
const injectId = untouchedParameter(({ id }) => {
  if (id !== undefined) return id;
  throw new UnsecuredRouteError('A callback has no identity: do not replace DeliveryInterceptor.');
});

/**
 * Injects the verified claims of the callback's token (`CallbackTokenClaims`) into a method that `@VideoCallback`
 * secures; on any other method every request fails with `500` and a log line that says so.
 */
export const CallbackClaims = (): ParameterDecorator => injectClaims;

/**
 * Injects the project whose signature secret the callback was signed with, as a string. Use it to identify the tenant.
 * If a claim names another project, do not trust it: see `CallbackTokenClaims`. For a method that `@VideoCallback`
 * secures; on any other method every request fails with `500` and a log line that says so.
 */
export const CallbackProject = (): ParameterDecorator => injectProject;

/**
 * Injects the whole JSON object of the callback: every field, also those that this version does not know, but no
 * `__proto__` members. Type the parameter as `Record<string, unknown>`. For a method that `@VideoCallback` secures; on
 * any other method every request fails with `500` and a log line that says so.
 */
export const RawCallback = (): ParameterDecorator => injectPayload;

/**
 * Injects which attempt at handling the callback this is (a `CallbackAttempt`): attempt 1 of 1 unless an inbox
 * delivers it. For a method that `@VideoCallback` secures; on any other method every request fails with `500` and a log
 * line that says so.
 */
export const DeliveryAttempt = (): ParameterDecorator => injectAttempt;

/**
 * Injects the kind of the callback (a `VideoCallbackKind`), for a method that takes several. For a method that
 * `@VideoCallback` secures; on any other method every request fails with `500` and a log line that says so.
 */
export const CallbackKind = (): ParameterDecorator => injectKind;

/**
 * Injects the callback's identity: a string of at most 64 characters (letters, digits, `-` and `_`) that is the same
 * for every copy of the callback and in every process, also if the callback is sent again, signed anew or delivered
 * from an inbox. Ledger and inbox use it as their key, and you can use it for a unique column. For a method that
 * `@VideoCallback` secures; on any other method every request fails with `500` and a log line that says so.
 */
export const CallbackId = (): ParameterDecorator => injectId;

/**
 * A pipe of the application replaced what one of this module's parameter decorators injects. The callback fails with
 * 500.
 */
export class ReplacedParameterError extends OwnFault {
  override readonly name = 'ReplacedParameterError';
  /** `ERR_CALLBACKS_REPLACED_PARAMETER` */
  override readonly code = 'ERR_CALLBACKS_REPLACED_PARAMETER';
}

/** A function, because pipes that walk objects or change strings pass functions on as they are. */
type Carrier = (key: unknown) => Carried | undefined;

class Carried {
  constructor(readonly value: unknown) {}
}

/** A carrier returns its value only for this key, so a pipe that calls or logs the carrier does not see the value. */
const KEY = Symbol('VideoCallbacksModule: carrier');

/**
 * Makes a parameter decorator whose value the application's pipes cannot change or refuse for its content. The value is
 * validated already, and a strict pipe would refuse the first field that Vonage adds.
 *
 * Pipes see a {@link Carrier} in place of the value, and `Object` as its type, so pipes that look at the type ignore
 * it. A pipe on the parameter runs last, after those of the application, the controller and the method, and unpacks the
 * carrier.
 *
 * @param read takes the value from a request whose payload was checked
 * @throws {TypeError} the decorator, when the class is defined, if it is used on a constructor
 */
export function untouchedParameter(read: (callback: CheckedCallback) => unknown): ParameterDecorator {
  const inject = createParamDecorator((_: unknown, context: ExecutionContext) => {
    const { content, token, attempt, id } = CallbackRequest.of(context);
    return carry(read({ content, token, attempt, id }));
  });
  return (target, name, index) => {
    if (name === undefined) throw new TypeError('Callbacks are injected into methods, not into constructors.');
    inject(new UnpackPipe(`${target.constructor.name}.${String(name)}`))(target, name, index);
    hideType(target, name, index);
  };
}

function carry(value: unknown): Carrier {
  return (key) => (key === KEY ? new Carried(value) : undefined);
}

/** What can be injected from a request, once its payload is checked. */
type CheckedCallback = Pick<CallbackRequest, 'content' | 'token' | 'attempt' | 'id'>;

class UnpackPipe implements PipeTransform {
  constructor(private readonly route: string) {}

  transform(carrier: unknown): unknown {
    const carried: unknown = typeof carrier === 'function' ? Reflect.apply(carrier, undefined, [KEY]) : undefined;
    if (!(carried instanceof Carried)) {
      throw new ReplacedParameterError(
        `${this.route}: a pipe of the application replaced a parameter that this module injects: let the pipe return ` +
          "the value as it is where metadata.type is 'custom'.",
      );
    }
    return carried.value;
  }
}

function hideType(target: object, name: string | symbol, index: number): void {
  const types: unknown = Reflect.getMetadata('design:paramtypes', target, name);
  if (!Array.isArray(types)) return;
  Reflect.defineMetadata('design:paramtypes', types.with(index, Object), target, name);
}
