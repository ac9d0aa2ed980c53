import { expect } from '@jest/globals';
import { type RejectionReason } from '../../lib/index.js';
import { type RunningApplication } from './application.js';
import { type RawAnswer } from './connection.js';
import { takeHandled } from './kinds.controller.js';
import { exchange, type RawRequest } from './raw-http.js';

export const ARCHIVES = '/callbacks/archive';

const refusals = new WeakMap<RunningApplication, Promise<RawAnswer>>();

/**
 * Sends a hostile request and expects that it is refused for this reason, that no method sees it, and that the answer
 * does not differ by a byte from the one to a request without anything.
 */
export async function expectRefused(
  running: RunningApplication,
  request: RawRequest,
  reason: RejectionReason,
  path = ARCHIVES,
): Promise<void> {
  const refusal = refusals.get(running) ?? refusalOf(running);
  refusals.set(running, refusal);
  const expected = await refusal;
  const { rejected } = running.observed.outcomes;
  const before = rejected.length;

  const answer = await exchange(running.port, path, request);

  expect(rejected.slice(before).map((outcome) => outcome.reason)).toEqual([reason]);
  expect(undated(answer)).toEqual(expected);
  expect(takeHandled()).toEqual([]);
}

/** Sends a request and expects that its method is called once. */
export async function expectAccepted(
  running: RunningApplication,
  request: RawRequest,
  path = ARCHIVES,
): Promise<ReturnType<typeof takeHandled>[number]> {
  const { rejected } = running.observed.outcomes;
  const before = rejected.length;

  const { status, body } = await exchange(running.port, path, request);

  const refused = rejected.slice(before).map(({ reason }) => reason);
  expect({ status, body, refused }).toEqual({ status: 204, body: '', refused: [] });
  const [call, ...others] = takeHandled();
  expect(others).toEqual([]);
  if (call === undefined) throw new Error('answered 204, but no method was called');
  return call;
}

/** Sends a genuine callback and expects that its body is refused, and that this is reported. */
export async function expectUnusable(
  running: RunningApplication,
  request: RawRequest,
  status: 400 | 413 | 415,
  path = ARCHIVES,
): Promise<void> {
  const { unusable } = running.observed.outcomes;
  const before = unusable.length;

  const answer = await exchange(running.port, path, request);

  expect(answer.status).toBe(status);
  expect(takeHandled()).toEqual([]);
  expect(unusable.slice(before).map((outcome) => outcome.status)).toEqual([status]);
}

async function refusalOf({ port }: RunningApplication): Promise<RawAnswer> {
  const answer = await exchange(port, ARCHIVES, { headers: {}, body: Buffer.alloc(0) });
  expect(answer).toMatchObject({ status: 401, body: '{"message":"Unauthorized","statusCode":401}' });
  return undated(answer);
}

/** An answer without the one header that may differ. */
export function undated(answer: RawAnswer): RawAnswer {
  return { ...answer, headers: answer.headers.replace(/\r\ndate: [^\r]*/, '') };
}
