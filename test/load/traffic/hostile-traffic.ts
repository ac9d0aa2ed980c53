import { type Poster } from '../../harness/poster.js';
import { abortedUpload, halfClosed, halfClosedEarly, hungUp } from './misbehaviour/broken.js';
import { compressed, garbageChunks, longLength, shortLength, tooLarge, twoFramings } from './misbehaviour/framing.js';
import { largeHeaders, manyHeaders, tooLargeHeaders } from './misbehaviour/floods.js';
import { type Misbehaviour, type Surroundings } from './misbehaviour/misbehaviour.js';
import { pipelined } from './misbehaviour/pipelined.js';
import { endlessBody, stalledBody, stalledHead, trickledBody } from './misbehaviour/slow.js';
import { type Forgeries } from './forgeries.js';
import { sendOn } from './lanes.js';

/** Those that are over at once, and those that take their time have lanes of their own. */
const QUICK_FLOW = { lanes: 8, pause: [10, 80] } as const;
const SLOW_FLOW = { lanes: 16, pause: [100, 1000] } as const;

const SLOW: readonly Misbehaviour[] = [stalledBody, trickledBody, endlessBody, stalledHead, longLength];
const QUICK: readonly Misbehaviour[] = [
  halfClosed,
  halfClosedEarly,
  abortedUpload,
  hungUp,
  largeHeaders,
  manyHeaders,
  tooLargeHeaders,
  shortLength,
  twoFramings,
  garbageChunks,
  compressed,
  tooLarge,
  pipelined,
];
/** How many of the quick ones are whole requests that are forged, and of a project of their own. */
const FORGED = 0.5;
const UNKNOWN = 0.15;

/** Everything that nobody wants to get. */
export async function hostileTraffic(
  surroundings: Surroundings,
  forgeries: Forgeries,
  poster: Poster,
  end: AbortSignal,
): Promise<void> {
  const { port, random, sender, source } = surroundings;
  const hostile = { isGenuine: false, isAcceptable: false } as const;
  const { accepted } = forgeries;
  await sender.deliver({ ...accepted, failsFirst: false });
  const sendQuick = async (): Promise<void> => {
    if (random.chance(FORGED)) {
      const { name, request } = forgeries.next();
      await sender.record({ id: name, failsFirst: false }, { sort: 'forged', ...hostile }, () =>
        poster.send(port, request),
      );
    } else if (random.chance(UNKNOWN)) {
      await sender.post(source.ofUnknownProject(), { sort: 'unknown project', ...hostile });
    } else {
      await random.pick(QUICK)(surroundings);
    }
  };
  await Promise.all([
    sendOn(QUICK_FLOW, random, end, sendQuick),
    sendOn(SLOW_FLOW, random, end, () => random.pick(SLOW)(surroundings)),
  ]);
}
