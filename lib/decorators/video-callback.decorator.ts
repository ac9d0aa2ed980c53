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
   * Method decorators that the route gets as well: typically the application's own that marks a route as public for
   * its global authentication guard, or that exempts it from throttling. They leave metadata; what they return is not
   * used.
   */
  readonly decorators?: readonly MethodDecorator[] | undefined;
}

/** The parameters of a method, if it is one. */
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
 * intact and fresh callbacks reach the method; it answers `204` unless it says otherwise with `@HttpCode`.
 *
 * The parameter's type must accept the DTO of each kind, anything else does not compile. The method must be public: the
 * types of no other can be seen from here. On a method instead of a parameter it secures a route that takes no payload.
 *
 * Of several kinds the secret that made the signature tells which one a callback is; where they share it, the payload
 * does, by its `event` or else by the fields that only one kind has. If that tells nothing, the callback is answered
 * `400`. A known SIP event that was signed with the session secret is a SIP callback where the method takes both: Vonage
 * sends `callDestroyed` to the session URL after a failure of its platform.
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
      // Not the property of the class: a decorator below this one may have put another function in its place.
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

/** Whether the application chose a status of its own. Nest does not publish the key that its decorator uses. */
function hasHttpCode(method: object): boolean {
  const probe = { method: () => undefined };
  HttpCode(HttpStatus.NO_CONTENT)(probe, 'method', Object.getOwnPropertyDescriptor(probe, 'method') ?? {});
  return Reflect.getMetadataKeys(probe.method).every((key: unknown) => Reflect.hasMetadata(key, method));
}
