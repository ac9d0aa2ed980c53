import { setTimeout as wait } from 'node:timers/promises';
import { type Random } from '../../support/random.js';
import { type Callback, type CallbackSource } from './callback.js';
import { sendOn } from './lanes.js';
import { type Sender } from './sender.js';

const FLOW = { lanes: 12, pause: [20, 90] } as const;
/** How many callbacks have copies that come at once, and later. */
const COPIED = 0.2;
const REPEATED = 0.1;
const LATEST = 12_000;

const COPY = { isGenuine: true, isAcceptable: true } as const;

/** Genuine callbacks as Vonage sends them on a bad day: some several times, at once or later. */
export async function genuineTraffic(
  source: CallbackSource,
  sender: Sender,
  random: Random,
  end: AbortSignal,
): Promise<void> {
  const later = new Set<Promise<void>>();
  await sendOn(FLOW, random, end, async () => {
    const callback = source.genuine();
    const copies = random.chance(COPIED) ? random.between(1, 3) : 0;
    await Promise.all([
      sender.deliver(callback),
      ...Array.from({ length: copies }, () => sender.post(callback, { sort: 'copy at once', ...COPY })),
    ]);
    if (random.chance(REPEATED) && !end.aborted) {
      const repeated = repeat(callback, sender, random.between(500, LATEST)).finally(() => later.delete(repeated));
      later.add(repeated);
    }
  });
  await Promise.all(later);
}

async function repeat(callback: Callback, sender: Sender, delay: number): Promise<void> {
  await wait(delay);
  await sender.post(callback, { sort: 'copy later', ...COPY });
}
