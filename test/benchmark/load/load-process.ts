// Sends the requests of one row in one round, from a process of its own.
import { answerQuestions, setupOfProcess } from '../../harness/questions.js';
import { Load, type LoadOutcome } from './load.js';
import { type LoadAnswers, type LoadResult, type LoadSetup } from './load-setup.js';
import { signedRequests } from './signed-requests.js';

/** Lets both sides compile what they run, and shows how many requests must be signed. */
const WARM_UP = 3000;
/** How many more than the warm-up suggests are signed. */
const MARGIN = 1.6;
const BATCH = 1000;

const setup = setupOfProcess() as LoadSetup;
const load = new Load(setup.port, setup.connections, setup.expected);
let warm: LoadOutcome;
let requests: readonly Buffer[] = [];

function at(share: number, { latencies }: LoadOutcome): number {
  return latencies[Math.floor(latencies.length * share)] ?? NaN;
}

async function warmUp(): Promise<number> {
  warm = await load.send(signedRequests(WARM_UP, setup.isForged));
  const count = Math.ceil((WARM_UP / warm.seconds) * setup.seconds * MARGIN);
  requests = signedRequests(count, setup.isForged);
  globalThis.gc?.();
  return warm.right;
}

async function byTheClock(): Promise<LoadResult> {
  const outcome = await load.send(requests, setup.seconds);
  return {
    right: warm.right + outcome.right,
    wrong: warm.wrong + outcome.wrong,
    timed: outcome.right + outcome.wrong,
    perSecond: outcome.right / outcome.seconds,
    p50: at(0.5, outcome),
    p99: at(0.99, outcome),
  };
}

async function byNumber(count: number): Promise<LoadResult> {
  const outcomes: LoadOutcome[] = [];
  for (let left = count; left > 0; left -= BATCH) {
    outcomes.push(await load.send(signedRequests(Math.min(left, BATCH), setup.isForged)));
  }
  const sum = (value: (outcome: LoadOutcome) => number): number =>
    outcomes.reduce((total, outcome) => total + value(outcome), 0);
  const right = sum((outcome) => outcome.right);
  const wrong = sum((outcome) => outcome.wrong);
  const perSecond = right / sum((outcome) => outcome.seconds);
  return { right, wrong, timed: right + wrong, perSecond, p50: NaN, p99: NaN };
}

answerQuestions<LoadAnswers>({
  warmUp,
  result: () => (setup.requests === undefined ? byTheClock() : byNumber(setup.requests)),
});
