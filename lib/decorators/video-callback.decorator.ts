import { HttpCode, HttpStatus, SetMetadata, UseGuards, UseInterceptors } from '@nestjs/common';
import { type CallbackOfKind } from '../callbacks/catalogue.js';
import { type VideoCallbackKind } from '../callbacks/callback-kind.js';
import { DeliveryInterceptor } from '../delivery/delivery.interceptor.js';
import {
  callbackKindsOf,
  rememberDecorated,
  shownDecorator,
  VIDEO_CALLBACK_KIND,
} from '../request/callback-kind.metadata.js';
import { SecureCallbackGuard } from '../verification/secure-callback.guard.js';
import { untouchedParameter } from './callback-parameters.decorator.js';

/** Options of {@link VideoCallback}. */
export interface VideoCallbackDecoratorOptions {
  /**
   * Further method decorators for the route, for example the application's own one that marks a route as public for its
   * global authentication guard, or one that exempts it from throttling. They must work by setting metadata: their
   * return value is not used.
   */
  readonly decorators?: readonly MethodDecorator[] | undefined;
}

/** The parameters of a method; `never` for anything else. */
type ParametersOf<Method> = Method extends (...parameters: infer Parameters) => unknown ? Parameters : never;

/** `unknown` (no demand) if the parameter accepts the DTO of each kind, otherwise a type that no index has. */
type AcceptsCallback<Kind extends VideoCallbackKind, Parameter> = CallbackOfKind[Kind] extends Parameter
  ? unknown
  : { readonly 'This parameter does not accept callbacks of the kind': Kind };

/** What {@link VideoCallback} returns: a parameter decorator and a method decorator in one. */
export interface VideoCallbackDecorator<Kind extends VideoCallbackKind> {
  <Controller, Name extends keyof Controller, Index extends number>(
    target: Controller,
    name: Name,
    index: Index & AcceptsCallback<Kind, ParametersOf<Controller[Name]>[Index]>,
  ): void;
  (target: object, name: string | symbol, descriptor: PropertyDescriptor): void;
}

/**
 * Makes a method the handler of one kind of callback, or of several, and hands it the validated DTO. Only genuine,
 * intact and fresh callbacks reach the method. The answer is `204` unless you set another status with `@HttpCode`.
 *
 * The parameter's type must accept the DTO of each kind, otherwise the code does not compile. The method must be
 * public: TypeScript does not show the types of other methods to a decorator. Put the decorator on the method instead
 * of a parameter to secure a route that needs no payload.
 *
 * With several kinds, the secret that made the signature tells the kind of a callback. If kinds share the secret, the
 * payload tells it: by its `event`, or else by the fields that only one kind has. If the payload fits no single kind,
 * the callback is answered `400`. If the method takes both, a known SIP event that was signed with the session secret
 * is a SIP callback: Vonage sends `callDestroyed` to the session URL after a failure of its platform.
 *
 * @param kinds one kind, or a list without repetitions
 * @throws {TypeError} when the class is defined, if the list of kinds is empty, if the method was given other kinds
 *   before, or if it is used on anything but a method or a parameter of one
 *
 * @example
 * @Post('archives')
 * onArchive(@VideoCallback('archive') archive: ArchiveCallback) {}
 *
 * @example
 * @Post('calls')
 * onCall(@VideoCallback(['session', 'sip']) callback: SessionCallback | SipCallback) {}
 */
export function VideoCallback<Kind extends VideoCallbackKind>(
  kinds: Kind | readonly Kind[],
  { decorators = [] }: VideoCallbackDecoratorOptions = {},
): VideoCallbackDecorator<Kind> {
  const list = [...new Set([kinds].flat())];
  if (list.length === 0) throw new TypeError('@VideoCallback([]) takes no callbacks: name at least one kind.');
  return (target: object, name: string | symbol, indexOrDescriptor: number | PropertyDescriptor): void => {
    if (typeof indexOrDescriptor === 'number') {
      secure(list, target, name, Object.getOwnPropertyDescriptor(target, name), decorators);
      injectCallback(target, name, indexOrDescriptor);
    } else {
      // Not the property of the class: a decorator below this one may have replaced the function.
      secure(list, target, name, indexOrDescriptor, decorators);
    }
  };
}

const injectCallback = untouchedParameter(({ content }) => content.callback);

function secure(
  kinds: readonly VideoCallbackKind[],
  target: object,
  name: string | symbol,
  descriptor: PropertyDescriptor | undefined,
  decorators: readonly MethodDecorator[],
): void {
  const method: unknown = descriptor?.value;
  if (descriptor === undefined || typeof method !== 'function') {
    throw new TypeError(`${shownDecorator(kinds)} belongs on a method or on a parameter of one.`);
  }
  for (const decorate of decorators) decorate(target, name, descriptor);
  const before = callbackKindsOf(method);
  rememberDecorated(target, name, before ?? kinds);
  if (before !== undefined) {
    if (before.length === kinds.length && kinds.every((kind) => before.includes(kind))) return;
    throw new TypeError(
      `${target.constructor.name}.${String(name)} has ${shownDecorator(before)} and ${shownDecorator(kinds)}: name all its kinds ` +
        `in one list, ${shownDecorator([...new Set([...before, ...kinds])])}.`,
    );
  }
  SetMetadata(VIDEO_CALLBACK_KIND, kinds)(target, name, descriptor);
  UseGuards(SecureCallbackGuard)(target, name, descriptor);
  UseInterceptors(DeliveryInterceptor)(target, name, descriptor);
  if (!hasHttpCode(method)) HttpCode(HttpStatus.NO_CONTENT)(target, name, descriptor);
}

/** Whether the application set its own status. Nest does not export the metadata key of `@HttpCode`. */
function hasHttpCode(method: object): boolean {
  const probe = { method: () => undefined };
  HttpCode(HttpStatus.NO_CONTENT)(probe, 'method', Object.getOwnPropertyDescriptor(probe, 'method') ?? {});
  return Reflect.getMetadataKeys(probe.method).every((key: unknown) => Reflect.hasMetadata(key, method));
}
