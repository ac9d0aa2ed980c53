import { type Job, type Queue } from 'bullmq';
import { type VideoCallbackKind } from '../callbacks/callback-kind.js';
import { checkNumbers } from '../options/option-checks.js';
import { isJsonObject } from '../callbacks/json-object.js';
import { applicationOf, jobIdOf, type StoredJob } from './stored-job.js';

/** Which dead callbacks are meant: those that fit all that is given. */
export interface DeadCallbackFilter {
  /** Their ids, as `@CallbackId()`, the log and observers have them. */
  readonly ids?: readonly string[] | undefined;
  readonly kinds?: readonly VideoCallbackKind[] | undefined;
  /** At most how many: those that failed first, or those that stand first in `ids`. Default 1000. */
  readonly limit?: number | undefined;
}

/** A callback that failed for good. It does not hold the payload. */
export interface DeadCallback {
  /** BullMQ's job id: that of `@CallbackId()`, followed by `@` and the `application` if that is set. */
  readonly id: string;
  /** `unknown` where the job cannot be read. */
  readonly kind: string;
  /** The handler that it was sent to, as `VideoController.onArchive`; `unknown` where the job cannot be read. */
  readonly route: string;
  /** How often it was tried. */
  readonly attempts: number;
  readonly failedAt: Date;
  /** Why the last attempt failed, with the message of the error that the method threw: it may hold personal data. */
  readonly reason: string;
}

/** How many jobs are loaded at once: each holds a whole body. */
const PAGE = 20;

const UNKNOWN = 'unknown';

/** The jobs of a queue that failed for good, as far as they belong to one application. */
export class DeadCallbacks {
  constructor(
    private readonly queue: Queue<StoredJob>,
    private readonly application: string,
  ) {}

  /** @throws {RangeError} if `limit` is out of its range */
  async list({ ids, kinds, limit = 1000 }: DeadCallbackFilter): Promise<DeadCallback[]> {
    checkNumbers('DeadCallbackFilter', { limit });
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

/** A queue is open to others, so anything may be in a job. */
function deadCallbackOf({ id = '', data, attemptsMade, finishedOn = 0, failedReason }: Job): DeadCallback {
  const { token, route }: Record<string, unknown> = isJsonObject(data) ? data : {};
  const kind = isJsonObject(token) ? token['kind'] : undefined;
  return {
    id,
    kind: typeof kind === 'string' ? kind : UNKNOWN,
    route: typeof route === 'string' ? route : UNKNOWN,
    attempts: attemptsMade,
    failedAt: new Date(finishedOn),
    reason: failedReason,
  };
}
