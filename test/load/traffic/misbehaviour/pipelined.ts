import { type Callback } from '../callback.js';
import { headOf, type Misbehaviour, PATIENCE, withLine } from './misbehaviour.js';

/** How many requests are written at once. */
const REQUESTS = 6;

/** Genuine and forged requests in one piece; answers come in the order of the requests. */
export const pipelined: Misbehaviour = async ({ source, sender, random, port }) => {
  const requests = Array.from({ length: REQUESTS }, () => {
    const isGenuine = random.chance(0.5);
    return { isGenuine, callback: isGenuine ? source.genuine() : source.forged() };
  });
  let statuses: readonly number[] = [];
  const exchanged = withLine(port, async (line) => {
    line.write(Buffer.concat(requests.flatMap(({ callback }) => bytesOf(callback))));
    statuses = await line.statuses(REQUESTS, PATIENCE);
    return statuses.length;
  });
  await Promise.all(
    requests.map(({ isGenuine, callback }, index) =>
      sender.record(callback, { sort: 'pipelined', isGenuine, isAcceptable: isGenuine }, async () => {
        await exchanged;
        return { status: statuses[index] ?? 0 };
      }),
    ),
  );
  for (const { isGenuine, callback } of requests) if (isGenuine) await sender.deliver(callback, 'after a failure');
};

function bytesOf(callback: Callback): readonly Buffer[] {
  return [Buffer.from(headOf(callback)), callback.request.body];
}
