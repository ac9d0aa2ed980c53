export { AlreadyInstrumentedError } from './already-instrumented.error.js';
export {
  instrumentVideoCallbacks,
  type InstrumentVideoCallbacksOptions,
  type VideoCallbacksInstrumentation,
} from './instrument-video-callbacks.js';
