import { type VideoCallbackKind } from '../callbacks/callback-kind.js';

/**
 * The metadata key under which `@VideoCallback` stores its list of kinds on the method. Use it in a global guard to let
 * callbacks through, because they carry no token of your application:
 *
 * @example
 * if (this.reflector.get(VIDEO_CALLBACK_KIND, context.getHandler())) return true;
 */
export const VIDEO_CALLBACK_KIND = 'nestjs-vonage-video-callbacks:kind';

/** The kinds of callback that a function handles, if any. */
export function callbackKindsOf(handler: object): readonly VideoCallbackKind[] | undefined {
  return Reflect.getMetadata(VIDEO_CALLBACK_KIND, handler) as readonly VideoCallbackKind[] | undefined;
}

/** Stores by name that a method should take callbacks, in case another decorator replaces its function. */
export function rememberDecorated(prototype: object, name: string | symbol, kinds: readonly VideoCallbackKind[]): void {
  Reflect.defineMetadata(VIDEO_CALLBACK_KIND, kinds, prototype, name);
}

/** The kinds of callback that the method of this name should take, according to the class that defines it. */
export function decoratedKindsOf(prototype: object, name: string): readonly VideoCallbackKind[] | undefined {
  let definer: object | null = prototype;
  while (definer !== null && !Object.hasOwn(definer, name)) definer = Object.getPrototypeOf(definer) as object | null;
  if (definer === null) return undefined;
  return Reflect.getOwnMetadata(VIDEO_CALLBACK_KIND, definer, name) as readonly VideoCallbackKind[] | undefined;
}

/** The decorator for these kinds, as source code. */
export function shownDecorator(kinds: readonly VideoCallbackKind[]): string {
  const [only = '', ...others] = kinds.map((kind) => `'${kind}'`);
  return `@VideoCallback(${others.length === 0 ? only : `[${[only, ...others].join(', ')}]`})`;
}
