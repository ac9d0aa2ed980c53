export { type InboxLimits } from './health-verdict.js';
export {
  VideoCallbacksHealthIndicator,
  type VideoCallbacksHealthOptions,
  VideoCallbacksNotImportedError,
} from './video-callbacks.health.js';
