import { Queue } from 'bullmq';
import { setTimeout as wait } from 'node:timers/promises';
import { POISON } from '../processes/setup.js';
import { byCallback } from '../../harness/journal.js';
import { newCallback } from '../support/sender.js';
import { withRedis } from '../support/surroundings.js';
import { exactly, type Experiment, secondsSince, measured } from './experiment.js';

const PROCESSES = 2;
/** In s. The pauses between the deaths grow to 80 s. */
const LONGEST = 300;

/** One callback ends every process that handles it, in the middle of a stream of others. */
export const poison: Experiment = () =>
  withRedis(PROCESSES, { store: 'bull-inbox' }, async ({ redis, fleet, journal, sender }) => {
    const queue = new Queue('video-callbacks', { connection: { port: redis.port } });
    const end = new AbortController();
    const revived = fleet.revive(end.signal);
    const stream = sender.stream(4, 100, end.signal);
    const started = performance.now();
    try {
      const poisoned = newCallback(POISON);
      await sender.deliver(poisoned);
      while ((await queue.getFailedCount()) === 0 && performance.now() - started < LONGEST * 1000) await wait(250);
      const givenUp = secondsSince(started);
      end.abort();
      await stream;
      sender.accepted.delete(poisoned.id);
      await journal.untilHandled(sender.accepted, 60);
      const failed = await queue.getFailed();
      const begun = byCallback(journal.entries('began'));
      return [
        measured('callbacks answered 204, besides that one', sender.accepted.size),
        measured('processes that ended', await revived),
        exactly('answered 204 and not handled', journal.missing(sender.accepted).length, 0),
        exactly('callbacks given up', failed.length, 1),
        measured('  after', givenUp),
        measured('  because', failed[0]?.failedReason ?? ''),
        measured('callbacks whose handler began more than once', begun.filter((each) => each.length > 1).length),
      ];
    } finally {
      end.abort();
      await queue.close();
    }
  });
