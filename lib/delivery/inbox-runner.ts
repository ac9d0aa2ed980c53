import {
  type BeforeApplicationShutdown,
  type DynamicModule,
  Logger,
  Module,
  type OnApplicationShutdown,
} from '@nestjs/common';
import { type CallbackTelemetry } from '../telemetry/callback-telemetry.js';
import { openInboxes } from '../telemetry/inbox-counts.js';
import { describeError } from '../telemetry/log-text.js';
import { type CallbackInbox } from './callback-inbox.js';
import { type CallbackRedelivery } from './callback-redelivery.js';
import { reportDead } from './stored-report.js';
import { withinTime } from './time-limit.js';

/**
 * Starts an inbox's worker after every other bootstrap hook of the application. To be loaded with Nest's
 * `LazyModuleLoader` while providers are constructed: such a module counts as nearer to the root than AppModule, and
 * Nest runs the hooks of the nearest module last.
 */
@Module({})
export class InboxWorkerModule {
  static starting(runner: InboxRunner): DynamicModule {
    const onApplicationBootstrap = (): void => {
      runner.start();
    };
    return {
      module: InboxWorkerModule,
      providers: [{ provide: InboxWorkerModule.name, useValue: { onApplicationBootstrap } }],
    };
  }
}

/** Lets an inbox deliver from the end of the application's start until its shutdown. */
export class InboxRunner implements BeforeApplicationShutdown, OnApplicationShutdown {
  private readonly logger = new Logger('VideoCallbacks');
  private readonly count = () => this.inbox.counts();
  private starting: Promise<void> | undefined;
  private isShuttingDown = false;

  constructor(
    private readonly inbox: CallbackInbox,
    private readonly redelivery: CallbackRedelivery,
    private readonly telemetry: CallbackTelemetry,
    /** How long a shutdown waits for a start that is under way, in ms. */
    private readonly storageTimeoutMs: number,
  ) {}

  /**
   * To be called once every bootstrap hook of the application is done. Starts the worker, unless this process cannot
   * deliver. Never throws, and nobody waits for it: a store that is unavailable must not keep the application from
   * taking requests.
   */
  start(): void {
    if (this.isShuttingDown) return;
    openInboxes.add(this.count);
    const obstacle = this.redelivery.obstacle();
    if (obstacle !== undefined) {
      this.logger.log(`This process does not deliver stored callbacks: ${obstacle}.`);
      return;
    }
    this.starting = this.attempt('could not be started, so that this process does not deliver stored callbacks', () =>
      this.inbox.start(
        (stored, attempt) => this.redelivery.deliver(stored, attempt),
        (stored, attempt, error) => {
          reportDead(stored, attempt, error, this.telemetry);
        },
      ),
    );
  }

  /** Earlier than the hooks in which applications close their databases, which handlers still need. */
  async beforeApplicationShutdown(): Promise<void> {
    this.isShuttingDown = true;
    await withinTime(this.storageTimeoutMs, () => this.starting).catch(() => undefined);
    await this.attempt('could not be stopped', () => this.inbox.stop());
  }

  /** Not earlier: until the server is closed callbacks arrive. */
  async onApplicationShutdown(): Promise<void> {
    openInboxes.delete(this.count);
    await this.attempt('could not be closed', () => this.inbox.close());
  }

  /** Reports what goes wrong, so that neither the start nor the shutdown of the application fails. */
  private async attempt(failure: string, action: () => unknown): Promise<void> {
    try {
      await action();
    } catch (error) {
      this.logger.error(`The inbox ${failure}: ${describeError(error)}`);
    }
  }
}
