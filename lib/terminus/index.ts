export { type InboxLimits } from './health-verdict.js';
export { VideoCallbacksHealthIndicator, type VideoCallbacksHealthOptions } from './video-callbacks.health.js';
