export { callbackSchema, type CallbackSchema } from './callback-schema.js';
export { videoCallbackWebhooks } from './callback-operation.js';
export { withVideoCallbacks } from './with-video-callbacks.js';
