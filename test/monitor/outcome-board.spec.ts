import { describe, expect, it } from '@jest/globals';
import { OutcomeBoard } from '../../sample/04-live-monitor/src/outcomes/outcome-board.js';

const OUTCOME = {
  kind: 'archive',
  route: 'VideoController.onArchive',
  address: '192.0.2.1',
  durations: { total: 1 },
} as const;
const ATTEMPT = { attempt: 1, of: 1, firstReceivedAt: new Date() };
const GENUINE = { ...OUTCOME, projectId: '12345678', jti: 'j', age: 1, secretPosition: 0, attempt: ATTEMPT };
const REFUSED = { ...OUTCOME, reason: 'signature_mismatch', explanation: 'made by somebody else' } as const;

describe('the board of outcomes', () => {
  it('goes on counting when it has forgotten the single refusals', () => {
    const board = new OutcomeBoard();
    for (let count = 0; count < 100; count += 1) board.rejected({ ...REFUSED, projectId: `p${count}` });

    const { counts, reasons, refusals } = board.view();
    expect(counts.refused).toBe(100);
    expect(reasons).toMatchObject([{ key: 'signature_mismatch', explanation: 'made by somebody else', count: 100 }]);
    expect(refusals).toHaveLength(12);
    expect(refusals[0]?.project).toBe('p99');
  });

  it('keeps faults, however many forgeries come after them', () => {
    const board = new OutcomeBoard();
    board.unusable({
      ...GENUINE,
      status: 400,
      rawBody: undefined,
      isKept: false,
      violations: [
        { path: 'id', message: 'id should not be empty' },
        { path: 'streams[0].streamId', message: 'streamId should not be empty' },
      ],
    });
    board.failed({ ...GENUINE, error: new TypeError('a secret'), next: 'lost' });
    board.unavailable({ ...OUTCOME, dependency: 'secrets', error: 'no Error' });
    for (let count = 0; count < 100; count += 1) board.rejected({ ...REFUSED, projectId: undefined });

    const { counts, faults } = board.view();
    expect(counts).toMatchObject({ unusable: 1, failed: 2 });
    expect(faults.map(({ why }) => why)).toEqual([
      'something that is no Error was thrown',
      'TypeError',
      'answered 400: id should not be empty; streams[0].streamId: streamId should not be empty',
    ]);
  });

  it('shortens hashes, and long untrusted strings', () => {
    const board = new OutcomeBoard();
    board.rejected({ ...REFUSED, explanation: `SHA-256 ${'a1'.repeat(32)} is not`, projectId: 'p'.repeat(5000) });

    const { reasons, refusals } = board.view();
    expect(reasons[0]?.explanation).toBe('SHA-256 a1a1a1a1… is not');
    expect(refusals[0]?.project).toHaveLength(201);
  });

  it('tells once what changed', () => {
    const board = new OutcomeBoard();
    board.accepted();
    board.duplicate();

    expect(board.takeChanges()?.counts).toMatchObject({ handled: 1, duplicate: 1 });
    expect(board.takeChanges()).toBeUndefined();
  });
});
