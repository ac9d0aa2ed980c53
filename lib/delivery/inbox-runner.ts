import {
  type BeforeApplicationShutdown,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
} from '@nestjs/common';
import { type CallbackInbox } from './callback-inbox.js';
import { type CallbackRedelivery } from './callback-redelivery.js';

/** Lets an inbox deliver for as long as the application lives. */
export class InboxRunner implements OnApplicationBootstrap, BeforeApplicationShutdown, OnApplicationShutdown {
  constructor(
    private readonly inbox: CallbackInbox,
    private readonly redelivery: CallbackRedelivery,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    await this.inbox.start((stored, attempt) => this.redelivery.deliver(stored, attempt));
  }

  /** Earlier than the hooks in which applications close their databases, which handlers still need. */
  async beforeApplicationShutdown(): Promise<void> {
    await this.inbox.stop();
  }

  /** Not earlier: until the server is closed callbacks arrive. */
  async onApplicationShutdown(): Promise<void> {
    await this.inbox.close();
  }
}
