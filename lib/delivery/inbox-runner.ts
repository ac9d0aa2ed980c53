import {
  type BeforeApplicationShutdown,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
} from '@nestjs/common';
import { type CallbackTelemetry } from '../telemetry/callback-telemetry.js';
import { openInboxes } from '../telemetry/inbox-counts.js';
import { type CallbackInbox } from './callback-inbox.js';
import { type CallbackRedelivery } from './callback-redelivery.js';
import { reportOnStored } from './stored-report.js';

/** Lets an inbox deliver for as long as the application lives. */
export class InboxRunner implements OnApplicationBootstrap, BeforeApplicationShutdown, OnApplicationShutdown {
  private readonly count = () => this.inbox.counts();

  constructor(
    private readonly inbox: CallbackInbox,
    private readonly redelivery: CallbackRedelivery,
    private readonly telemetry: CallbackTelemetry,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    openInboxes.add(this.count);
    await this.inbox.start(
      (stored, attempt) => this.redelivery.deliver(stored, attempt),
      (stored, attempt, error) => {
        reportOnStored(stored, attempt, this.telemetry).dead(stored.id, error);
      },
    );
  }

  /** Earlier than the hooks in which applications close their databases, which handlers still need. */
  async beforeApplicationShutdown(): Promise<void> {
    await this.inbox.stop();
  }

  /** Not earlier: until the server is closed callbacks arrive. */
  async onApplicationShutdown(): Promise<void> {
    openInboxes.delete(this.count);
    await this.inbox.close();
  }
}
