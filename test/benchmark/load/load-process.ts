// Sends the requests of one row in one round, from a process of its own, and tells its parent how that went.
import { once } from 'node:events';
import { Load, type LoadOutcome } from './load.js';
import { type LoadReady, type LoadResult, type LoadSetup } from './load-setup.js';
import { signedRequests } from './signed-requests.js';

/** Lets both sides compile what they run, and shows how many requests must be signed. */
const WARM_UP = 3000;
/** How many more than the warm-up suggests are signed. */
const MARGIN = 1.6;
const BATCH = 1000;

const setup = JSON.parse(process.argv[2] ?? '{}') as LoadSetup;

function at(share: number, { latencies }: LoadOutcome): number {
  return latencies[Math.floor(latencies.length * share)] ?? NaN;
}

async function byTheClock(load: Load): Promise<LoadResult> {
  const warmUp = await load.send(signedRequests(WARM_UP, setup.isForged));
  const count = Math.ceil((WARM_UP / warmUp.seconds) * setup.seconds * MARGIN);
  const requests = signedRequests(count, setup.isForged);
  globalThis.gc?.();
  await parentReady({ warm: warmUp.right });
  const outcome = await load.send(requests, setup.seconds);
  return {
    right: warmUp.right + outcome.right,
    wrong: warmUp.wrong + outcome.wrong,
    timed: outcome.right + outcome.wrong,
    perSecond: outcome.right / outcome.seconds,
    p50: at(0.5, outcome),
    p99: at(0.99, outcome),
  };
}

async function byNumber(load: Load, requests: number): Promise<LoadResult> {
  const outcomes: LoadOutcome[] = [];
  for (let left = requests; left > 0; left -= BATCH) {
    outcomes.push(await load.send(signedRequests(Math.min(left, BATCH), setup.isForged)));
  }
  const sum = (value: (outcome: LoadOutcome) => number): number =>
    outcomes.reduce((total, outcome) => total + value(outcome), 0);
  const right = sum((outcome) => outcome.right);
  const wrong = sum((outcome) => outcome.wrong);
  const perSecond = right / sum((outcome) => outcome.seconds);
  return { right, wrong, timed: right + wrong, perSecond, p50: NaN, p99: NaN };
}

/** Lets the parent look at the application before the clock starts. */
async function parentReady(ready: LoadReady): Promise<void> {
  const reply = once(process, 'message');
  process.send?.(ready);
  await reply;
}

// A parent that is gone wants no result.
process.once('disconnect', () => process.exit());
const load = new Load(setup.port, setup.connections, setup.expected);
const result = setup.requests === undefined ? await byTheClock(load) : await byNumber(load, setup.requests);
load.close();
process.send?.(result, () => {
  process.disconnect();
});
