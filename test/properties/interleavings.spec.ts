import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { useFakeTimers } from '../support/clock.js';
import { deliver, story } from './deliveries.js';
import { holds } from './holds.js';

const AN_HOUR = 3_600_000;

useFakeTimers();

describe('copies of a callback that come to two processes at any times', () => {
  it('call the method one after the other until it succeeds, while the ledger answers', () =>
    holds(
      fc.asyncProperty(story, async (given) => {
        const outcome = await deliver(given, { storageTimeout: AN_HOUR, duplicateTimeout: AN_HOUR });

        expect(outcome).toMatchObject({ callsAfterSuccess: 0, prematureDuplicates: 0 });
        expect(outcome.atOnce.overall).toBeLessThanOrEqual(1);
        // None is given up but for a sender that hung up: each is handled, or failed, or is a duplicate of one that was.
        outcome.endings.forEach((ending, at) => {
          if (ending !== 'abandoned') expect(['handled', 'failed', 'completed']).toContain(ending);
          else expect(given.copies[at]?.hangsUp).toBe(true);
        });
        expect(outcome.left).toBe(outcome.endings.includes('handled') ? 'completed' : 'claimed');
      }),
      100,
    ));

  it('call the method exactly until it succeeds, once for each copy at the most, if no sender hangs up', () =>
    holds(
      fc.asyncProperty(story, async ({ copies, ...rest }) => {
        const patient = copies.map((copy) => ({ ...copy, hangsUp: false }));
        const limits = { storageTimeout: AN_HOUR, duplicateTimeout: AN_HOUR };
        const { calls } = await deliver({ ...rest, copies: patient }, limits);

        const firstSuccess = rest.successes.indexOf(true);
        const expected = firstSuccess === -1 ? copies.length : Math.min(firstSuccess + 1, copies.length);
        expect(calls).toBe(expected);
      }),
      70,
    ));

  it('all come to an end, leave nothing behind and call the method once at a time, if the ledger is slow', () =>
    holds(
      fc.asyncProperty(story, async (given) => {
        const outcome = await deliver(given, { storageTimeout: 100, duplicateTimeout: 1000 });

        expect(outcome.endings).toHaveLength(given.copies.length);
        expect(outcome.prematureDuplicates).toBe(0);
        expect(outcome.atOnce.inOneProcess).toBeLessThanOrEqual(1);
        // Nobody waits for a claim that nobody uses.
        expect(outcome.left).not.toBe('in-progress');
        if (outcome.endings.includes('handled')) expect(outcome.left).toBe('completed');
      }),
      100,
    ));
});
