import { type JobMarks } from './job-marks.js';

/** How often the process may end while a callback alone is handled until it is given up. */
export const MOST_DEATHS = 5;

/** BullMQ's counters of a job. */
export interface JobCounters {
  /** How often a worker got it: also when it was put back, or stalled. */
  readonly attemptsStarted: number;
  readonly stalledCounter: number;
}

/**
 * What a worker does with a job that it has got:
 *
 * - `beside`: handle it beside others; nothing speaks against it.
 * - `alone`: handle it while nothing else is handled. Its worker did not renew its lock; if the process ended, this
 *   callback or one that was handled beside it ended it.
 * - `died`: the process ended while it was handled alone.
 * - `failed`: it failed, but its lock was lost, so that the attempt was not counted.
 * - `handled`: it completed, but its lock was lost.
 */
type Treatment = 'beside' | 'alone' | 'died' | 'failed' | 'handled';

export function treatmentOf({ attemptsStarted, stalledCounter }: JobCounters, marks: JobMarks): Treatment {
  if (marks.isHandled) return 'handled';
  if (stalledCounter <= marks.clearedAt) return 'beside';
  if (marks.aloneAt !== undefined && stalledCounter > marks.aloneAt) return 'died';
  // Only the next start can be that of a failure that was not counted.
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

/** How the handling of a callback ended. */
export type Ending = 'completed' | 'failed' | 'left';

/** The marks of a job that was handled alone to an end: the process is alive, so nothing speaks against it any more. */
export function survived(marks: JobMarks, { attemptsStarted, stalledCounter }: JobCounters, ending: Ending): JobMarks {
  return {
    ...marks,
    clearedAt: stalledCounter,
    aloneAt: undefined,
    deaths: 0,
    failedAt: ending === 'failed' ? attemptsStarted : undefined,
    isHandled: ending === 'completed',
  };
}

/** The marks of a job over which the process ended once more. After the last death they begin anew, for a retry by hand. */
export function died(marks: JobMarks): JobMarks {
  const deaths = marks.deaths + 1;
  return { ...marks, aloneAt: undefined, deaths: deaths < MOST_DEATHS ? deaths : 0 };
}
