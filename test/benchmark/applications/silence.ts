import { type INestApplication } from '@nestjs/common';
import { ModulesContainer } from '@nestjs/core';

/**
 * Takes the library's telemetry out of an application: no outcome is counted or reported. Found by its name, since the
 * package does not hand it out.
 */
export function silence(app: INestApplication): void {
  const providers = [...app.get(ModulesContainer).values()].flatMap(({ providers }) => [...providers.values()]);
  const telemetry: unknown = providers.find(({ name }) => name === 'CallbackTelemetry')?.instance;
  if (typeof telemetry !== 'object' || telemetry === null) throw new Error('there is no telemetry to take out');
  const nothing = (): void => undefined;
  Object.assign(telemetry, {
    report: nothing,
    rejected: nothing,
    tolerated: nothing,
    secretInUse: nothing,
    staleSecrets: nothing,
    connectionEnded: nothing,
    leftInInbox: nothing,
  });
}
