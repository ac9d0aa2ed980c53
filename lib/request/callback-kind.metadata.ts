import { type VideoCallbackKind } from '../callbacks/callback-kind.js';

/**
 * The metadata key under which `@VideoCallback(kind)` leaves the kind on its method. A global guard of the application
 * can look for it to let callbacks through, since they carry no token of the application's own:
 *
 * @example
 * if (this.reflector.get(VIDEO_CALLBACK_KIND, context.getHandler())) return true;
 */
export const VIDEO_CALLBACK_KIND = 'nestjs-vonage-video-callbacks:kind';

/** The kind of callback that a function handles, if any. */
export function callbackKindOf(handler: object): VideoCallbackKind | undefined {
  return Reflect.getMetadata(VIDEO_CALLBACK_KIND, handler) as VideoCallbackKind | undefined;
}

/** Remembers by name that a method is meant to take callbacks, in case another decorator replaces its function. */
export function rememberDecorated(prototype: object, name: string | symbol, kind: VideoCallbackKind): void {
  Reflect.defineMetadata(VIDEO_CALLBACK_KIND, kind, prototype, name);
}

/** The kind of callback that the method of this name is meant to take, where the class that defines it says so. */
export function decoratedKindOf(prototype: object, name: string): VideoCallbackKind | undefined {
  let definer: object | null = prototype;
  while (definer !== null && !Object.hasOwn(definer, name)) definer = Object.getPrototypeOf(definer) as object | null;
  if (definer === null) return undefined;
  return Reflect.getOwnMetadata(VIDEO_CALLBACK_KIND, definer, name) as VideoCallbackKind | undefined;
}
