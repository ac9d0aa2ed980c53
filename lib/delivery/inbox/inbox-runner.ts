import {
  type BeforeApplicationShutdown,
  type DynamicModule,
  Logger,
  Module,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
} from '@nestjs/common';
import { type LazyModuleLoader } from '@nestjs/core';
import { type CallbackTelemetry } from '../../telemetry/callback-telemetry.js';
import { openInboxes } from '../../telemetry/inbox-counts.js';
import { describeError } from '../../telemetry/log-text.js';
import { type CallbackInbox } from './callback-inbox.js';
import { type CallbackRedelivery } from './callback-redelivery.js';
import { reportDead } from './stored-report.js';
import { withinTime } from '../store/time-limit.js';

/** Its bootstrap hook starts an inbox's worker. */
@Module({})
class InboxWorkerModule {
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

/** Runs an inbox's deliveries from the end of the application's start until its shutdown. */
export class InboxRunner implements OnApplicationBootstrap, BeforeApplicationShutdown, OnApplicationShutdown {
  private readonly logger = new Logger('VideoCallbacks');
  private readonly count = () => this.inbox.counts();
  private starting: Promise<void> | undefined;
  private startsAfterHooks = false;
  private isShuttingDown = false;

  constructor(
    private readonly inbox: CallbackInbox,
    private readonly redelivery: CallbackRedelivery,
    private readonly telemetry: CallbackTelemetry,
    /** How long a shutdown waits for a running start, in ms. */
    private readonly storageTimeoutMs: number,
  ) {}

  /**
   * Lets the worker start after every other bootstrap hook of the application: a module that is loaded lazily counts as
   * nearer to the root than AppModule, and Nest runs the hooks of the nearest module last. Call it when all providers
   * are constructed, because of Nest's `snapshot`, and before the first hook.
   */
  async startAfterHooks(loader: LazyModuleLoader): Promise<void> {
    this.startsAfterHooks = true;
    await loader.load(() => InboxWorkerModule.starting(this));
  }

  /** Called by Nest. The module above was loaded only in a process with an HTTP server. */
  onApplicationBootstrap(): void {
    if (!this.startsAfterHooks) this.start();
  }

  /**
   * Starts the worker, unless this process cannot deliver. Call it after all bootstrap hooks of the application. Never
   * throws, and is not awaited: an unavailable store must not stop the application from accepting requests.
   */
  start(): void {
    if (this.isShuttingDown) return;
    openInboxes.add(this.count);
    const obstacle = this.redelivery.obstacle();
    if (obstacle !== undefined) {
      this.logger.log(`This process does not deliver stored callbacks: ${obstacle}.`);
      return;
    }
    this.starting = this.reportingFailure(
      'could not be started, so that this process does not deliver stored callbacks',
      () =>
        this.inbox.start(
          (stored, attempt) => this.redelivery.deliver(stored, attempt),
          (stored, attempt, error) => {
            reportDead(stored, attempt, error, this.telemetry);
          },
        ),
    );
  }

  /** Runs before the hooks in which applications close their databases, because handlers still need them. */
  async beforeApplicationShutdown(): Promise<void> {
    this.isShuttingDown = true;
    await withinTime(this.storageTimeoutMs, () => this.starting).catch(() => undefined);
    await this.reportingFailure('could not be stopped', () => this.inbox.stop());
  }

  /** Not earlier: callbacks arrive until the server is closed. */
  async onApplicationShutdown(): Promise<void> {
    openInboxes.delete(this.count);
    await this.reportingFailure('could not be closed', () => this.inbox.close());
  }

  /** Reports what goes wrong, so that neither the start nor the shutdown of the application fails. */
  private async reportingFailure(failure: string, action: () => unknown): Promise<void> {
    try {
      await action();
    } catch (error) {
      this.logger.error(`The inbox ${failure}: ${describeError(error)}`);
    }
  }
}
