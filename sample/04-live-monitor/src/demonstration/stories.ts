import { type Step } from './step.js';
import { story } from './story.js';

/** How soon one session begins after another, in ms: about four are live at a time. */
const INTERVAL = 25_000;

/**
 * Sessions without end, each beginning before the last has ended, as one sequence in the order in which things happen.
 *
 * @param begin when the first begins, in ms since the epoch
 */
export function* stories(begin: number): Generator<Step, never> {
  let coming: Step[] = [];
  for (let number = 0; ; number += 1) {
    const next = begin + (number + 1) * INTERVAL;
    coming = [...coming, ...story(number, begin + number * INTERVAL)].sort((one, other) => one.at - other.at);
    // Whatever comes before the next session begins is known by now.
    yield* coming.filter(({ at }) => at < next);
    coming = coming.filter(({ at }) => at >= next);
  }
}
