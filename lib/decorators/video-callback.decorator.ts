import { HttpCode, HttpStatus, SetMetadata, UseGuards, UseInterceptors } from '@nestjs/common';
import { type CallbackOfKind } from '../callbacks/catalogue.js';
import { type VideoCallbackKind } from '../callbacks/callback-kind.js';
import { DeliveryInterceptor } from '../delivery/delivery.interceptor.js';
import { callbackKindOf, rememberDecorated, VIDEO_CALLBACK_KIND } from '../request/callback-kind.metadata.js';
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

/** `unknown` (no demand) if the parameter accepts the DTO of the kind, otherwise a type that no index has. */
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
 * Makes a method the handler of one kind of callback and hands it the validated DTO. Only genuine, intact and fresh
 * callbacks reach the method; it answers `204` unless it says otherwise with `@HttpCode`.
 *
 * The parameter's type must accept the DTO of the kind, anything else does not compile. The method must be public: the
 * types of no other can be seen from here. On a method instead of a parameter it secures a route that takes no payload.
 *
 * @throws {TypeError} when the class is defined, if the method was given another kind before, or if it is used on
 *   anything but a method or a parameter of one
 *
 * @example
 * @Post('archives')
 * onArchive(@VideoCallback('archive') archive: ArchiveCallback) {}
 */
export function VideoCallback<Kind extends VideoCallbackKind>(
  kind: Kind,
  { decorators = [] }: VideoCallbackDecoratorOptions = {},
): VideoCallbackDecorator<Kind> {
  return (target: object, name: string | symbol, indexOrDescriptor: number | PropertyDescriptor): void => {
    if (typeof indexOrDescriptor === 'number') {
      secure(kind, target, name, Object.getOwnPropertyDescriptor(target, name), decorators);
      injectCallback(target, name, indexOrDescriptor);
    } else {
      // Not the property of the class: a decorator below this one may have put another function in its place.
      secure(kind, target, name, indexOrDescriptor, decorators);
    }
  };
}

const injectCallback = untouchedParameter(({ content }) => content.callback);

function secure(
  kind: VideoCallbackKind,
  target: object,
  name: string | symbol,
  descriptor: PropertyDescriptor | undefined,
  decorators: readonly MethodDecorator[],
): void {
  const method: unknown = descriptor?.value;
  if (descriptor === undefined || typeof method !== 'function') {
    throw new TypeError(`@VideoCallback('${kind}') belongs on a method or on a parameter of one.`);
  }
  for (const decorate of decorators) decorate(target, name, descriptor);
  rememberDecorated(target, name, kind);

  const before = callbackKindOf(method);
  if (before === kind) return;
  if (before !== undefined) {
    throw new TypeError(
      `${target.constructor.name}.${String(name)} takes callbacks of the kind "${before}" and cannot take "${kind}" as ` +
        'well: each kind has a signature secret of its own, so give each a method.',
    );
  }
  SetMetadata(VIDEO_CALLBACK_KIND, kind)(target, name, descriptor);
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
