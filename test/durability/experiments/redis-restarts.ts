import { setTimeout as wait } from 'node:timers/promises';
import { type ApplicationSetup } from '../processes/setup.js';
import { byCallback } from '../../harness/journal.js';
import { withRedis } from '../support/surroundings.js';
import { exactly, type Experiment, type Finding, secondsSince, measured } from './experiment.js';

const PROCESSES = 2;
/** Pauses before, during and after an outage, in ms. */
const BEFORE = 2000;
const OUTAGE = 1500;
const AFTER = 3000;

/** A Redis that ends in the middle of a stream and comes back. */
export const redisKilled: Experiment = () => restartRedis('SIGKILL', 'handle');
export const redisRestarted: Experiment = () => restartRedis('SIGTERM', 'reject');

function restartRedis(
  signal: NodeJS.Signals,
  unavailable: NonNullable<ApplicationSetup['unavailable']>,
): Promise<readonly Finding[]> {
  return withRedis(PROCESSES, { store: 'bull-inbox', unavailable }, async ({ redis, journal, sender }) => {
    const started = performance.now();
    const end = new AbortController();
    const stream = sender.stream(8, 20, end.signal);
    await wait(BEFORE);
    await redis.stop(signal);
    await wait(OUTAGE);
    await redis.restart();
    await wait(AFTER);
    end.abort();
    await stream;
    await journal.untilHandled(sender.accepted, 60);
    const handled = secondsSince(started);
    await wait(1000);
    const begun = byCallback(journal.entries('began'));
    return [
      measured('Redis ends by', `${signal}, is down for ${OUTAGE / 1000} s`),
      measured('unavailable', unavailable),
      measured('callbacks answered 204', sender.accepted.size),
      measured(
        '  of them handled in the request',
        journal.entries('ended').filter((entry) => entry.isInRequest).length,
      ),
      measured('requests that got no 204 and were sent again', sender.refusals),
      exactly('answered 204 and not handled', journal.missing(sender.accepted).length, 0),
      measured('callbacks handled more than once', begun.filter((handlings) => handlings.length > 1).length),
      measured('all handled after', handled),
    ];
  });
}
