/**
 * An error on our side, never the sender's: in the configuration, a provider or the application around this module. Its
 * message is safe to log: it contains no secret, no token and no payload.
 */
export abstract class OwnFault extends Error {
  /** A stable code for programs: `ERR_CALLBACKS_` and a name. The message may change. */
  abstract readonly code: string;
}

/** `@VideoCallback` or the health indicator is used in a module that cannot see VideoCallbacksModule. */
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
 * Checks injected dependencies, which are `@Optional()` so that the user sees this error instead of one of Nest.
 *
 * @throws {ModuleNotImportedError} if one of them could not be injected
 */
export function assertModuleImported(...dependencies: readonly unknown[]): void {
  if (dependencies.includes(undefined)) throw new ModuleNotImportedError();
}
