export { type VideoCallbackKind, VIDEO_CALLBACK_KINDS } from './callback-kind.js';
export { type CallbackOfKind, type Violation } from './catalogue.js';
export { callbackOwner } from './callback-owner.js';
export { type OpenValue } from './open-value.js';
export { OwnedCallback } from './owned.callback.js';

export * from './session.callback.js';
export * from './session-stream.js';
export * from './archive.callback.js';
export * from './sip.callback.js';
export * from './experience-composer.callback.js';
export * from './broadcast.callback.js';
export * from './broadcast-output.js';
export * from './captions.callback.js';
export * from './composed-stream.js';
export { type VideoResolution } from './resolution.js';
export { type UnrecognizedEvent } from './unrecognized-event.js';
