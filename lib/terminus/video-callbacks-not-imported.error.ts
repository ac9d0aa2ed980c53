import { OwnFault } from '../verification/own-fault.js';

/** The health indicator is used where VideoCallbacksModule cannot be seen. */
export class VideoCallbacksNotImportedError extends OwnFault {
  override readonly name = 'VideoCallbacksNotImportedError';

  constructor() {
    super(
      'VideoCallbacksHealthIndicator is used, but VideoCallbacksModule is not imported: add ' +
        'VideoCallbacksModule.forRoot({ … }) to the imports of AppModule or, with isGlobal: false, to those of the ' +
        'module that provides the indicator.',
    );
  }
}
