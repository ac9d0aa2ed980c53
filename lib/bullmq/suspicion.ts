import { type AfterFailure } from '../delivery/inbox/stored-callback.js';
import { isJsonObject } from '../callbacks/json-object.js';

/**
 * Notes of workers about a job, stored as the job's progress in BullMQ. Stalls are values of BullMQ's `stalledCounter`,
 * which grows when the worker of a job did not renew its lock: its process ended, or its event loop was blocked.
 */
export interface JobMarks {
  /** How often another application left the job. */
  readonly timesLeft: number;
  /**
   * The number of explained stalls: the count when the job last finished, with or without success, or one more if a
   * stopping worker released it. With more stalls it is a suspect.
   */
  readonly clearedAt: number;
  /** The number of stalls when it began to be handled alone; absent after that has ended. */
  readonly aloneAt: number | undefined;
  /** How often the process ended while it was handled alone. */
  readonly deaths: number;
  /** The number of starts when it failed as a suspect. */
  readonly failedAt: number | undefined;
  /** Whether its method completed while it was a suspect. */
  readonly isHandled: boolean;
}

/** Reads marks from the progress of a job, which may contain anything. */
export function readMarks(progress: unknown): JobMarks {
  const found = isJsonObject(progress) ? progress : {};
  const count = (name: keyof JobMarks): number | undefined => {
    const value = found[name];
    return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : undefined;
  };
  return {
    timesLeft: count('timesLeft') ?? 0,
    clearedAt: count('clearedAt') ?? 0,
    aloneAt: count('aloneAt'),
    deaths: count('deaths') ?? 0,
    failedAt: count('failedAt'),
    isHandled: found['isHandled'] === true,
  };
}

/** How often the process may end while a callback alone is handled until it is given up. */
export const MOST_DEATHS = 5;

/** BullMQ's counters of a job. */
interface JobCounters {
  /** How often a worker got it: also when it was put back, or stalled. */
  readonly attemptsStarted: number;
  readonly stalledCounter: number;
}

/**
 * What a worker does with a job that it took:
 *
 * - `beside`: handle it beside others; nothing speaks against it.
 * - `alone`: handle it while nothing else is handled: it, or one that was handled beside it, may have ended a process.
 * - `died`: the process ended while it was handled alone.
 * - `failed`: it failed, but its lock was lost, so that the attempt was not counted.
 * - `handled`: it completed, but its lock was lost.
 */
type Treatment = 'beside' | 'alone' | 'died' | 'failed' | 'handled';

/** Decides how to handle a job, from its counters and the marks of earlier attempts. */
export function treatmentOf({ attemptsStarted, stalledCounter }: JobCounters, marks: JobMarks): Treatment {
  if (marks.isHandled) return 'handled';
  if (stalledCounter <= marks.clearedAt) return 'beside';
  if (marks.aloneAt !== undefined && stalledCounter > marks.aloneAt) return 'died';
  // An attempt that failed without being counted can only be the one before this start.
  return marks.failedAt === attemptsStarted - 1 ? 'failed' : 'alone';
}

/** How often it stalled since it was last handled to an end. */
export function unexplainedStalls({ stalledCounter }: JobCounters, marks: JobMarks): number {
  return Math.max(0, stalledCounter - marks.clearedAt);
}

/** The marks of a job that begins to be handled alone. */
export function begunAlone(marks: JobMarks, { stalledCounter }: JobCounters): JobMarks {
  return { ...marks, aloneAt: stalledCounter };
}

/** The marks of a job beside which others are handled again: if the process ends now, that says nothing about it. */
export function notAlone(marks: JobMarks): JobMarks {
  return { ...marks, aloneAt: undefined };
}

/** The marks of a job that its worker lets go as it stops: the stall that follows is explained. */
export function letGo(marks: JobMarks, { stalledCounter }: JobCounters): JobMarks {
  return { ...marks, aloneAt: undefined, clearedAt: stalledCounter + 1 };
}

/** The marks of a job that was handled alone to an end: the process is alive, so nothing speaks against it any more. */
export function survived(
  marks: JobMarks,
  { attemptsStarted, stalledCounter }: JobCounters,
  failure: { readonly next: AfterFailure } | undefined,
): JobMarks {
  const isHandled = failure === undefined;
  const failedAt = isHandled || failure.next === 'leave' ? undefined : attemptsStarted;
  return { ...marks, clearedAt: stalledCounter, aloneAt: undefined, deaths: 0, failedAt, isHandled };
}

/**
 * The marks of a job during which the process ended once more. After the last allowed time they are reset, for a retry
 * by hand.
 */
export function died(marks: JobMarks): JobMarks {
  const deaths = marks.deaths + 1;
  return { ...marks, aloneAt: undefined, deaths: deaths < MOST_DEATHS ? deaths : 0 };
}
