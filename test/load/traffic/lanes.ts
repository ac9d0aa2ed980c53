import { setTimeout as wait } from 'node:timers/promises';
import { type Random } from '../../support/random.js';

/** How traffic flows: so many senders, each of which begins the next thing some ms after it has done the last. */
export interface Flow {
  readonly lanes: number;
  readonly pause: readonly [least: number, most: number];
}

/** Does something over and over, several at once, until it is stopped; waits for what is under way. */
export async function sendOn(
  { lanes, pause }: Flow,
  random: Random,
  end: AbortSignal,
  act: () => Promise<void>,
): Promise<void> {
  const lane = async (): Promise<void> => {
    while (!end.aborted) {
      await act();
      await wait(random.between(...pause));
    }
  };
  await Promise.all(Array.from({ length: lanes }, lane));
}
