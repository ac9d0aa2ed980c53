import { hostileRequests } from '../../../sample/04-live-monitor/src/demonstration/hostile-requests.js';
import { sessions, type Step } from '../../../sample/04-live-monitor/src/demonstration/sessions.js';
import { PATHS } from '../../../sample/04-live-monitor/src/demonstration/webhooks.js';
import { type SignedCallback } from '../../../lib/testing/index.js';
import { expectedPage } from './expectation.js';
import { type RunningMonitor, signed } from './monitor.js';

/** The reasons for which the demonstration's forgeries are refused, in the order in which it makes them. */
const HOSTILE_REASONS = [
  'signature_mismatch',
  'authorization_missing',
  'payload_hash_mismatch',
  'signature_mismatch',
  'token_too_old',
  'algorithm_not_allowed',
  'project_unknown',
] as const;

const CONCURRENCY = 32;

/**
 * Sends so many requests, out of order and 32 at a time: eight of ten are callbacks of sessions that live and end, one
 * is a copy, one a forgery.
 *
 * @returns what the page must say, worked out from what was sent
 */
export async function sendStream(monitor: RunningMonitor, count: number) {
  const steps: Step[] = [];
  for (const step of sessions(Date.now() - 8 * 3_600_000)) {
    steps.push(step);
    if (steps.length === count * 0.8) break;
  }
  const genuine = steps.map(({ kind, payload }) => ({ path: PATHS[kind], request: signed(kind, payload) }));
  const copies = genuine.slice(0, count * 0.1);
  const forgeries = hostileRequests();
  const hostile = Array.from({ length: count * 0.1 }, () => ({
    path: PATHS.archive,
    request: forgeries.next().value,
  }));
  await sendAll(monitor, shuffled([...genuine, ...copies, ...hostile]));

  const reasons: Record<string, number> = {};
  for (let index = 0; index < hostile.length; index += 1) {
    const reason = HOSTILE_REASONS[index % HOSTILE_REASONS.length] ?? '';
    reasons[reason] = (reasons[reason] ?? 0) + 1;
  }
  const counts = { handled: steps.length, duplicate: copies.length, refused: hostile.length, unusable: 0, failed: 0 };
  return { counts, reasons, refusals: 12, ...expectedPage(steps) };
}

type Sending = readonly { readonly path: string; readonly request: SignedCallback }[];

async function sendAll(monitor: RunningMonitor, sending: Sending): Promise<void> {
  const pending = sending.values();
  const sendPending = async (): Promise<void> => {
    for (const { path, request } of pending) await monitor.post(path, request);
  };
  await Promise.all(Array.from({ length: CONCURRENCY }, sendPending));
}

/** In another order, and in the same one at each run. */
function shuffled<Item>(list: readonly Item[]): readonly Item[] {
  let drawn = 7;
  const next = (): number => (drawn = (drawn * 1_103_515_245 + 12_345) % 2_147_483_648);
  return list
    .map((item) => ({ item, place: next() }))
    .sort((one, other) => one.place - other.place)
    .map(({ item }) => item);
}
