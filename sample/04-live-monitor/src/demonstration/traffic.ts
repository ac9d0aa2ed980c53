import { setTimeout as wait } from 'node:timers/promises';
import { signCallback, type SignedCallback } from 'nestjs-vonage-video-callbacks/testing';
import { hostileRequests, unusableRequest } from './hostile-requests.js';
import { sessions } from './sessions.js';
import { API_KEY, PATHS, SECRETS } from './webhooks.js';

/** A request of the demonstration. */
interface TrafficRequest {
  /** When it is sent, in ms since the epoch. */
  readonly at: number;
  readonly path: string;
  readonly request: SignedCallback;
}

/** How the demonstration is sent. */
interface SendTrafficOptions {
  readonly signal: AbortSignal;
  /** How many requests are sent, all at once. Default: without end, in real time. */
  readonly limit: number | undefined;
}

/** One callback in this many is sent twice, as Vonage may do. */
const DUPLICATE_EVERY = 9;
/** A forgery follows after this many callbacks. */
const HOSTILE_EVERY = 5;
/** One callback in this many lacks what a method needs. */
const UNUSABLE_EVERY = 70;

/** How long the sessions have already run when the demonstration begins, in ms, so that there is something to see. */
const HEAD_START = 150_000;

/** Sends the traffic of the demonstration to the application, as a public endpoint gets it. */
export async function sendTraffic(url: string, { signal, limit }: SendTrafficOptions): Promise<void> {
  for (const { at, path, request } of limit === undefined ? traffic(Date.now() - HEAD_START) : lastOf(limit)) {
    try {
      await wait(Math.max(0, at - Date.now()), undefined, { signal });
      const response = await fetch(url + path, { ...request, signal });
      // Reading it frees the connection.
      await response.arrayBuffer();
    } catch (error) {
      if (signal.aborted) return;
      throw error;
    }
  }
}

/** Sessions, copies, and forgeries in between. */
function* traffic(begin: number): Generator<TrafficRequest, void> {
  const hostile = hostileRequests();
  let sent = 0;
  for (const { at, kind, payload } of sessions(begin)) {
    sent += 1;
    const request = signCallback({ body: payload, apiKey: API_KEY, secret: SECRETS[kind] });
    const genuine = { at, path: PATHS[kind], request };
    yield genuine;
    if (sent % DUPLICATE_EVERY === 0) yield genuine;
    if (sent % HOSTILE_EVERY === 0) yield { at, path: PATHS.archive, request: hostile.next().value };
    if (sent % UNUSABLE_EVERY === 0) yield { at, path: PATHS.archive, request: unusableRequest() };
  }
}

/** A number of requests. The last one happens now, so that no payload is from the future. */
function lastOf(limit: number): readonly TrafficRequest[] {
  const length = firstOf(limit, 0).at(-1)?.at ?? 0;
  return firstOf(limit, Date.now() - length);
}

function firstOf(limit: number, begin: number): readonly TrafficRequest[] {
  const requests: TrafficRequest[] = [];
  for (const request of traffic(begin)) {
    if (requests.length === limit) break;
    requests.push(request);
  }
  return requests;
}
