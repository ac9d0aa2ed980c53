import { type Random } from '../../../support/random.js';
import { type Reply } from '../../../harness/poster.js';
import { PATH } from '../../../harness/target.js';
import { head } from '../../../support/connection.js';
import { type Callback, type CallbackSource } from '../callback.js';
import { Line } from '../line.js';
import { type Sender } from '../sender.js';

/** What clients that misbehave have at hand. */
export interface Surroundings {
  readonly port: number;
  readonly source: CallbackSource;
  readonly sender: Sender;
  readonly random: Random;
}

/** One client that misbehaves once. */
export type Misbehaviour = (surroundings: Surroundings) => Promise<void>;

/** How long a client waits for an answer or an end, in ms: longer than the server may keep it waiting. */
export const PATIENCE = 8000;

/** The head of a callback, with any framing in the place of its Content-Length. */
export function headOf({ request }: Callback, framing = `content-length: ${request.body.length}`): string {
  return head(PATH, request.headers, framing);
}

/** Uses a connection of its own, and closes it. Without a connection there is nothing to use. */
export async function withLine(port: number, use: (line: Line) => Promise<number>): Promise<Reply> {
  const line = await Line.open(port).catch(() => undefined);
  if (line === undefined) return { status: 0 };
  try {
    return { status: await use(line) };
  } finally {
    line.close();
  }
}

/** The first status, or 0. */
export async function firstStatus(line: Line, timeout = PATIENCE): Promise<number> {
  const [status = 0] = await line.statuses(1, timeout);
  return status;
}

/** A callback of which it makes no difference whether it is forged: half of the time it is. Genuine ones are delivered. */
export async function anyCallback(
  { random, source, sender, port }: Surroundings,
  sort: string,
  use: (line: Line, callback: Callback) => Promise<number>,
): Promise<void> {
  const isGenuine = random.chance(0.5);
  const callback = isGenuine ? source.genuine() : source.forged();
  await sender.record(callback, { sort, isGenuine, isAcceptable: false }, () =>
    withLine(port, (line) => use(line, callback)),
  );
  if (isGenuine) await sender.deliver(callback, 'after a failure');
}

/** A genuine callback that is sent whole, in an odd way; then it is delivered, since it may have got no answer. */
export async function oddlySent(
  { source, sender, port }: Surroundings,
  sort: string,
  use: (line: Line, callback: Callback) => Promise<number>,
): Promise<void> {
  const callback = source.genuine();
  await sender.record(callback, { sort, isGenuine: true, isAcceptable: true }, () =>
    withLine(port, (line) => use(line, callback)),
  );
  await sender.deliver(callback, 'after a failure');
}

/** What can never be handled. */
export async function refused(
  { sender, port }: Surroundings,
  sort: string,
  callback: Callback,
  use: (line: Line) => Promise<number>,
): Promise<void> {
  await sender.record(callback, { sort, isGenuine: false, isAcceptable: false }, () => withLine(port, use));
}
