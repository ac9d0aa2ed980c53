import { type FindJobsOptions, type JobWithMetadata, type PgBoss } from 'pg-boss';
import {
  checkFilter,
  type DeadCallback,
  type DeadCallbackFilter,
  textOrUnknown,
} from '../delivery/inbox/dead-callback.js';
import { isJsonObject } from '../callbacks/json-object.js';
import { readJob } from './stored-job.js';

/** How many jobs pg-boss lists at most. */
const MOST_LISTED = 100_000;

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

interface Found {
  readonly job: JobWithMetadata<unknown>;
  readonly dead: DeadCallback;
}

/** The callbacks in a queue of dead ones. */
export class DeadCallbacks {
  constructor(
    private readonly boss: PgBoss,
    private readonly queue: string,
  ) {}

  /** @throws what {@link checkFilter} throws */
  async list(filter: DeadCallbackFilter): Promise<DeadCallback[]> {
    return (await this.find(filter)).map(({ dead }) => dead);
  }

  /** @returns those that are retried; another process may have retried or removed the others meanwhile */
  async redrive(filter: DeadCallbackFilter): Promise<DeadCallback[]> {
    const redriven: DeadCallback[] = [];
    for (const { job, dead } of await this.find(filter)) {
      if ((await this.boss.redrive(this.queue, { ids: [job.id] })) > 0) redriven.push(dead);
    }
    return redriven;
  }

  private async find(filter: DeadCallbackFilter): Promise<Found[]> {
    checkFilter(filter);
    const { ids, kinds, limit = 1000 } = filter;
    const found: Found[] = [];
    // Postgres looks for what fits; a kind that is named twice is asked for once.
    const queries = ids === undefined ? queriesOfKinds(kinds) : [...new Set(ids)].map(queryOfId);
    for (const query of queries) {
      for (const job of await this.boss.findJobs<unknown>(this.queue, {
        ...query,
        limit: Math.min(limit, MOST_LISTED),
      })) {
        const dead = deadCallbackOf(job);
        if (kinds === undefined || kinds.some((kind) => kind === dead.kind)) found.push({ job, dead });
      }
    }
    if (ids === undefined) found.sort((one, other) => one.dead.failedAt.getTime() - other.dead.failedAt.getTime());
    return found.slice(0, limit);
  }
}

type Query = Pick<FindJobsOptions, 'id' | 'data'>;

function queriesOfKinds(kinds: DeadCallbackFilter['kinds']): Query[] {
  return kinds === undefined ? [{}] : [...new Set(kinds)].map((kind) => ({ data: { kind } }));
}

function queryOfId(id: string): Query {
  return UUID.test(id) ? { id } : { data: { id } };
}

function deadCallbackOf(job: JobWithMetadata<unknown>): DeadCallback {
  const { createdOn, sourceRetryCount, sourceOutput } = job;
  const { data, timesLeft } = readJob(job);
  const { id = job.id, kind, route } = data;
  return {
    id: textOrUnknown(id),
    kind: textOrUnknown(kind),
    route: textOrUnknown(route),
    attempts: attemptsIn(sourceOutput) ?? (sourceRetryCount ?? 0) + 1 - timesLeft,
    failedAt: createdOn,
    reason: reasonIn(sourceOutput),
  };
}

/** The worker writes them: it counts no start that only found out that a process had ended. */
function attemptsIn(output: unknown): number | undefined {
  const attempts = isJsonObject(output) ? output['attempts'] : undefined;
  return Number.isSafeInteger(attempts) ? Number(attempts) : undefined;
}

/** The worker writes a message; where pg-boss gave a job up, it is the member of a value. */
function reasonIn(output: unknown): string {
  if (!isJsonObject(output)) return textOrUnknown(output);
  return 'message' in output ? textOrUnknown(output['message']) : reasonIn(output['value']);
}
