import { type Job, Queue } from 'bullmq';
import { type StoredCallback } from 'nestjs-vonage-video-callbacks';

/** A person with BullMQ's own tools: its API, or any dashboard for it. */
export class Operator {
  private readonly queue: Queue<StoredCallback>;

  constructor() {
    const { QUEUE_NAME: name = '', REDIS_URL: url = '' } = process.env;
    this.queue = new Queue<StoredCallback>(name, { connection: { url } });
  }

  /** The callbacks that were tried as often as they may be. */
  failed(): Promise<Job<StoredCallback>[]> {
    return this.queue.getFailed();
  }

  /** How many callbacks are waiting for their first attempt or for another one. */
  async unfinished(): Promise<number> {
    const { waiting = 0, active = 0, delayed = 0 } = await this.queue.getJobCounts('waiting', 'active', 'delayed');
    return waiting + active + delayed;
  }

  /** Has a callback handled again, with as many attempts as a new one. */
  redrive(job: Job<StoredCallback>): Promise<void> {
    return job.retry('failed', { resetAttemptsMade: true });
  }

  /** Leaves a shared Redis as it was found. */
  async leave(): Promise<void> {
    await this.queue.obliterate({ force: true });
    await this.queue.close();
  }
}

/** What is known of a callback that failed. */
export function inspected({ data, attemptsMade, failedReason }: Job<StoredCallback>): string {
  const body = JSON.parse(Buffer.from(data.body, 'base64').toString()) as { name?: string };
  return `"${body.name ?? ''}" to ${data.request.url}, attempts: ${attemptsMade}, ${failedReason}`;
}
