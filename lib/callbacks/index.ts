export { VideoCallbackKind, VIDEO_CALLBACK_KINDS } from './callback-kind.js';
export { type CallbackOfKind, type Violation } from './catalogue.js';

export * from './common-fields.js';
export * from './session.callback.js';
export * from './archive.callback.js';
export * from './sip.callback.js';
export * from './experience-composer.callback.js';
export * from './broadcast.callback.js';
export * from './captions.callback.js';
