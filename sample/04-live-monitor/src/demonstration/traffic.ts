import { signCallback, type SignedCallback } from 'nestjs-vonage-video-callbacks/testing';
import { hostileRequests, unusableRequest } from './hostile-requests.js';
import { API_KEY, SECRETS } from './secrets.js';
import { PATHS } from './step.js';
import { stories } from './stories.js';

/** A request of the demonstration. */
export interface TrafficRequest {
  /** When it is sent, in ms since the epoch. */
  readonly at: number;
  readonly path: string;
  readonly request: SignedCallback;
}

/** Every so many callbacks, one comes twice, as Vonage may send it. */
const DUPLICATE_EVERY = 9;
/** Every so many callbacks, somebody tries a forgery. */
const HOSTILE_EVERY = 5;
/** Every so many callbacks, one comes without what a method needs. */
const UNUSABLE_EVERY = 70;

/** What an application in the open gets: sessions that live and end, copies, and forgeries in between. */
export function* traffic(begin: number): Generator<TrafficRequest, void> {
  const hostile = hostileRequests();
  let sent = 0;
  for (const { at, kind, body } of stories(begin)) {
    sent += 1;
    const genuine = { at, path: PATHS[kind], request: signCallback({ body, apiKey: API_KEY, secret: SECRETS[kind] }) };
    yield genuine;
    if (sent % DUPLICATE_EVERY === 0) yield genuine;
    if (sent % HOSTILE_EVERY === 0) yield { at, path: PATHS.archive, request: hostile.next().value };
    if (sent % UNUSABLE_EVERY === 0) yield { at, path: PATHS.archive, request: unusableRequest() };
  }
}
