import { type VideoCallbackKind } from '../callbacks/callback-kind.js';

/**
 * The metadata key under which `@VideoCallback(kind)` leaves the kind on its method. A global guard of the application
 * can look for it to let callbacks through, since they carry no token of the application's own:
 *
 * @example
 * if (this.reflector.get(VIDEO_CALLBACK_KIND, context.getHandler())) return true;
 */
export const VIDEO_CALLBACK_KIND = 'nestjs-vonage-video-callbacks:kind';

/** The kind of callback that a method takes, if any. */
export function callbackKindOf(handler: object): VideoCallbackKind | undefined {
  return Reflect.getMetadata(VIDEO_CALLBACK_KIND, handler) as VideoCallbackKind | undefined;
}
