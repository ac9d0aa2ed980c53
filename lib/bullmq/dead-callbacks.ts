import { type Job, type Queue } from 'bullmq';
import {
  checkFilter,
  type DeadCallback,
  type DeadCallbackFilter,
  textOrUnknown,
} from '../delivery/inbox/dead-callback.js';
import { isJsonObject } from '../callbacks/json-object.js';
import { applicationOf, jobIdOf, type StoredJob } from './stored-job.js';

/** How many jobs are loaded at once: each holds a whole body. */
const PAGE = 20;

/** The jobs of a queue that failed for good, as far as they belong to one application. */
export class DeadCallbacks {
  constructor(
    private readonly queue: Queue<StoredJob>,
    private readonly application: string,
  ) {}

  /** @throws what {@link checkFilter} throws */
  async list(filter: DeadCallbackFilter): Promise<DeadCallback[]> {
    checkFilter(filter);
    const { ids, kinds, limit = 1000 } = filter;
    const found: DeadCallback[] = [];
    for await (const job of ids === undefined ? this.failedJobs() : this.failedJobsOf(ids)) {
      const dead = deadCallbackOf(job);
      if ((applicationOf(job.data) ?? this.application) !== this.application) continue;
      if (kinds !== undefined && !kinds.some((kind) => kind === dead.kind)) continue;
      if (found.push(dead) >= limit) break;
    }
    return found;
  }

  /** @returns those that are retried; another process may have retried or removed the others meanwhile */
  async redrive(filter: DeadCallbackFilter): Promise<DeadCallback[]> {
    const redriven: DeadCallback[] = [];
    for (const dead of await this.list(filter)) {
      const job = await this.queue.getJob(dead.id);
      try {
        await job?.retry('failed', { resetAttemptsMade: true });
        if (job !== undefined) redriven.push(dead);
      } catch (error) {
        if (await job?.isFailed()) throw error;
      }
    }
    return redriven;
  }

  private async *failedJobs(): AsyncGenerator<Job<StoredJob>> {
    for (let start = 0; ; start += PAGE) {
      const jobs = await this.queue.getJobs(['failed'], start, start + PAGE - 1, true);
      if (jobs.length === 0) return;
      // BullMQ 5 has a gap where a job was removed meanwhile.
      yield* jobs.filter(Boolean);
    }
  }

  private async *failedJobsOf(ids: readonly string[]): AsyncGenerator<Job<StoredJob>> {
    for (const id of new Set(ids.flatMap((id) => [id, jobIdOf({ id }, this.application)]))) {
      const job = await this.queue.getJob(id);
      if (job !== undefined && (await job.isFailed())) yield job;
    }
  }
}

/** Other software can write to the queue, so a job may contain anything. */
function deadCallbackOf({ id = '', data, attemptsMade, finishedOn = 0, failedReason }: Job): DeadCallback {
  const { token, route }: Record<string, unknown> = isJsonObject(data) ? data : {};
  const kind = isJsonObject(token) ? token['kind'] : undefined;
  const failed = { attempts: attemptsMade, failedAt: new Date(finishedOn), reason: failedReason };
  return { id, kind: textOrUnknown(kind), route: textOrUnknown(route), ...failed };
}
