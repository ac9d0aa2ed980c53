/**
 * What workers write down about a job beside its payload: as the job's progress in BullMQ. Stalls are values of BullMQ's
 * `stalledCounter`, which grows when the worker of a job did not renew its lock: its process ended, or its event loop was
 * blocked.
 */
export interface JobMarks {
  /** How often another application left the job. */
  readonly timesLeft: number;
  /**
   * The stalls that say nothing against the job: as many as there were when it was last handled to an end, with or without
   * success, or one more when a worker that stopped let it go. With more it is a suspect.
   */
  readonly clearedAt: number;
  /** The stalls at which it began to be handled alone, unless that has ended. */
  readonly aloneAt: number | undefined;
  /** How often the process ended in the middle of that. */
  readonly deaths: number;
  /** How often it had been started when it failed as a suspect. */
  readonly failedAt: number | undefined;
  /** Its method completed when it was a suspect. */
  readonly isHandled: boolean;
}

/** Reads marks from the progress of a job, where anything may be. */
export function readMarks(progress: unknown): JobMarks {
  return {
    timesLeft: count(progress, 'timesLeft') ?? 0,
    clearedAt: count(progress, 'clearedAt') ?? 0,
    aloneAt: count(progress, 'aloneAt'),
    deaths: count(progress, 'deaths') ?? 0,
    failedAt: count(progress, 'failedAt'),
    isHandled: member(progress, 'isHandled') === true,
  };
}

function count(progress: unknown, name: keyof JobMarks): number | undefined {
  const value = member(progress, name);
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : undefined;
}

function member(progress: unknown, name: keyof JobMarks): unknown {
  return typeof progress === 'object' && progress !== null ? Reflect.get(progress, name) : undefined;
}
