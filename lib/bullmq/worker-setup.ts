import { type ConnectionOptions } from 'bullmq';

/** How a worker is set up. */
export interface WorkerSetup {
  readonly queueName: string;
  readonly connection: ConnectionOptions;
  readonly prefix: { readonly prefix?: string };
  readonly application: string;
  readonly concurrency: number;
  /** Whether BullMQ must not ask for the version of Redis. Then an idle worker is up to 1 s late for a retry. */
  readonly skipVersionCheck?: boolean;
  readonly timing?: WorkerTiming;
}

/** How long a worker waits for what, in ms. */
export interface WorkerTiming {
  /** For how long a job is a worker's own, unless it says again that it is alive. */
  readonly lockDurationMs: number;
  /** How often jobs are looked for whose worker did not. */
  readonly stalledIntervalMs: number;
  /** The pause after a death of the process; doubles with each. */
  readonly pauseAfterDeathMs: number;
  /** For how long a worker is up until it tries a callback again over which a process ended. */
  readonly minUptimeMs: number;
  /** For how long others wait for a suspect that is handled alone; doubles with each stall. It waits for them a third of that. */
  readonly aloneMs: number;
}

/** With BullMQ's own 30 s, the callbacks of a dead process would wait for a minute. */
export const TIMING: WorkerTiming = {
  lockDurationMs: 5000,
  stalledIntervalMs: 2500,
  pauseAfterDeathMs: 10_000,
  minUptimeMs: 30_000,
  aloneMs: 30_000,
};
