/**
 * A fault of ours, never the sender's: configuration, a provider, the application around this module. Its message is
 * fit for a log: it holds no secret, no token and no payload.
 */
export abstract class OwnFault extends Error {
  /** What went wrong, for programs: `ERR_CALLBACKS_` and a name. Stable, unlike the message. */
  abstract readonly code: string;
}

/** `@VideoCallback` or the health indicator is used where VideoCallbacksModule cannot be seen. */
export class ModuleNotImportedError extends OwnFault {
  override readonly name = 'ModuleNotImportedError';
  /** `ERR_CALLBACKS_MODULE_NOT_IMPORTED` */
  override readonly code = 'ERR_CALLBACKS_MODULE_NOT_IMPORTED';

  /**
   * @param user what is used
   * @param owner whose module must see VideoCallbacksModule
   */
  constructor(user = '@VideoCallback', owner = "the controller's module") {
    super(
      `${user} is used, but VideoCallbacksModule is not imported: add VideoCallbacksModule.forRoot({ … }) to the ` +
        `imports of AppModule or, with isGlobal: false, to those of ${owner}.`,
    );
  }
}

/**
 * The guard's dependencies are optional for dependency injection, so that it is this error which a user reads.
 *
 * @throws {ModuleNotImportedError} if one of them could not be injected
 */
export function assertModuleImported(...dependencies: readonly unknown[]): void {
  if (dependencies.includes(undefined)) throw new ModuleNotImportedError();
}
