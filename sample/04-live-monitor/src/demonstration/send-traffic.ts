import { setTimeout as wait } from 'node:timers/promises';
import { traffic, type TrafficRequest } from './traffic.js';

/** How much of the sessions has happened already when the demonstration begins, in ms, so that there is something to see. */
const HEAD_START = 90_000;

/** How the demonstration is sent. */
export interface SendTrafficOptions {
  readonly signal: AbortSignal;
  /** How many requests are sent, all at once; without it they go on at the pace of life. */
  readonly limit: number | undefined;
}

/** Sends the demonstration to the application. */
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

/** So many requests, the last of which happens now, since no payload comes from the future. */
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
