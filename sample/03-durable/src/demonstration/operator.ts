import { Queue } from 'bullmq';
import { BullCallbackInbox, type DeadCallback } from 'nestjs-vonage-video-callbacks/bullmq';

/** A person who looks after the inbox from another process, which handles no callbacks. */
export class Operator {
  private readonly queueName = process.env['QUEUE_NAME'] ?? '';
  private readonly connection = { url: process.env['REDIS_URL'] ?? '' };
  private readonly inbox = new BullCallbackInbox({
    connection: this.connection,
    queueName: this.queueName,
    worker: false,
  });

  /** The callbacks without attempts left. */
  dead(): Promise<readonly DeadCallback[]> {
    return this.inbox.deadCallbacks();
  }

  /** How many callbacks are waiting for their first attempt or for another one. */
  async waiting(): Promise<number> {
    return (await this.inbox.counts()).waiting;
  }

  /** Retries a callback, with as many attempts as a new one. */
  async redrive({ id }: DeadCallback): Promise<void> {
    await this.inbox.redrive({ ids: [id] });
  }

  /** Removes the sample's queue, from a Redis that may be shared. */
  async leave(): Promise<void> {
    await this.inbox.close();
    const queue = new Queue(this.queueName, { connection: this.connection });
    await queue.obliterate({ force: true });
    await queue.close();
  }
}

/** Describes a callback that failed. */
export function described({ route, attempts, reason }: DeadCallback): string {
  return `a callback to ${route}, attempts: ${attempts}, ${reason}`;
}
