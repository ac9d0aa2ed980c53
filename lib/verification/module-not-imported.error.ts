import { OwnFault } from './own-fault.js';

/** `@VideoCallback` is used where VideoCallbacksModule cannot be seen. */
export class ModuleNotImportedError extends OwnFault {
  override readonly name = 'ModuleNotImportedError';

  constructor() {
    super(
      '@VideoCallback is used, but VideoCallbacksModule is not imported: add VideoCallbacksModule.forRoot({ … }) to the ' +
        "imports of AppModule or, with isGlobal: false, to those of the controller's module.",
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
