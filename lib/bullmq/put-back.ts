import { DelayedError, type Job } from 'bullmq';

/**
 * Puts a job back for later, without counting an attempt.
 *
 * @throws {DelayedError} always: so BullMQ learns that the job is not done with
 */
export async function putBack(job: Job, token: string | undefined, pauseMs: number): Promise<never> {
  await job.moveToDelayed(Date.now() + pauseMs, token);
  throw new DelayedError();
}
