import { diag } from '@opentelemetry/api';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { type CallbackOutcomeName, type CallbackOutcomes, CHANNEL_PREFIX } from '../telemetry/callback-outcome.js';
import { type CallbackHandling } from '../telemetry/handling-channel.js';

/** Listens to this module's diagnostics channels. These listeners never throw, because Node would end the process. */
export class Subscriptions {
  private readonly endings: (() => void)[] = [];

  /** Listens to an outcome. */
  toOutcome<Name extends CallbackOutcomeName>(name: Name, listen: (outcome: CallbackOutcomes[Name]) => void): void {
    this.listen(CHANNEL_PREFIX + name, (message) => {
      listen(message as CallbackOutcomes[Name]);
    });
  }

  /** Listens to the start or the end of handling a verified callback. */
  toHandling(event: 'start' | 'asyncEnd', listen: (handling: CallbackHandling) => void): void {
    this.listen(`tracing:${CHANNEL_PREFIX}handling:${event}`, (message) => {
      listen(message as CallbackHandling);
    });
  }

  /** Stops listening to all channels. */
  end(): void {
    for (const end of this.endings.splice(0)) end();
  }

  private listen(channel: string, listen: (message: unknown) => void): void {
    const listener = (message: unknown): void => {
      try {
        listen(message);
      } catch (error) {
        diag.error(`The instrumentation failed in ${channel}`, error);
      }
    };
    subscribe(channel, listener);
    this.endings.push(() => unsubscribe(channel, listener));
  }
}
