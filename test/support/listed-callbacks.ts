import { expect } from '@jest/globals';
import { type DeadCallback, type DeadCallbackFilter } from '../../lib/delivery/inbox/dead-callback.js';

interface ListsDeadCallbacks {
  deadCallbacks(filter?: DeadCallbackFilter): Promise<readonly DeadCallback[]>;
}

export const idsOf = (callbacks: readonly { readonly id: string }[]): string[] => callbacks.map(({ id }) => id);

/** Expects that the callback `archive-1`, which has just failed twice, is listed alone, without its payload. */
export async function expectListedWithReason(inbox: ListsDeadCallbacks): Promise<void> {
  const [dead, ...others] = await inbox.deadCallbacks();

  expect(dead).toEqual({
    id: 'archive-1',
    kind: 'archive',
    route: 'VideoController.onArchive',
    attempts: 2,
    failedAt: expect.any(Date),
    reason: 'answered 500',
  });
  expect(Math.abs(Date.now() - Number(dead?.failedAt))).toBeLessThan(10_000);
  expect(others).toEqual([]);
}

/** Ids of callbacks, in the order in which they are to fail. */
export const OF_SEVERAL_KINDS = ['archive-1', 'sip-1', 'archive-2', 'session-1'];

/** Expects that an inbox with {@link OF_SEVERAL_KINDS} lists those that a filter means. */
export async function expectListedByFilter(inbox: ListsDeadCallbacks): Promise<void> {
  const list = async (filter?: DeadCallbackFilter) => idsOf(await inbox.deadCallbacks(filter));

  expect(await list()).toEqual(OF_SEVERAL_KINDS);
  expect(await list({ limit: 2 })).toEqual(['archive-1', 'sip-1']);
  expect(await list({ kinds: ['archive', 'sip'], limit: 2 })).toEqual(['archive-1', 'sip-1']);
  expect(await list({ kinds: ['archive', 'archive'] })).toEqual(['archive-1', 'archive-2']);
  expect(await list({ ids: ['session-1', 'sip-1', 'sip-1', 'sip-9'] })).toEqual(['session-1', 'sip-1']);
  expect(await list({ ids: ['session-1', 'sip-1'], kinds: ['sip'] })).toEqual(['sip-1']);
  expect(await list({ kinds: [] })).toEqual([]);
}
