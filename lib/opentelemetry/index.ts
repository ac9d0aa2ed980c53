export {
  AlreadyInstrumentedError,
  instrumentVideoCallbacks,
  type InstrumentVideoCallbacksOptions,
  type VideoCallbacksInstrumentation,
} from './instrument-video-callbacks.js';
