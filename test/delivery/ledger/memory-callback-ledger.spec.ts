import { Logger } from '@nestjs/common';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { MemoryCallbackLedger } from '../../../lib/delivery/ledger/callback-ledger.js';
import { useStoppedPerformanceClock } from '../../support/clock.js';
import { KeptLogs } from '../../support/logs.js';

describe('the ledger in memory', () => {
  const stopClock = useStoppedPerformanceClock();
  let logs: KeptLogs;

  beforeEach(() => {
    logs = new KeptLogs();
    Logger.overrideLogger(logs);
  });

  /** A ledger that remembers the callbacks of these numbers. */
  function remembering(count: number, ledger = new MemoryCallbackLedger()): MemoryCallbackLedger {
    for (let nth = ledger.size; nth < count; nth += 1) ledger.complete(`archive-${nth}`);
    return ledger;
  }

  it('says where it remembers, for how long, and that its claims need no renewal', () => {
    expect(new MemoryCallbackLedger()).toMatchObject({
      scope: 'in memory, this process only',
      retention: 93_600,
      lease: Infinity,
    });
    expect(new MemoryCallbackLedger({ retention: 200_000 }).retention).toBe(200_000);
  });

  it.each(['retention', 'warnAbove'])('is not made with %s: -1', (option) => {
    expect(() => new MemoryCallbackLedger({ [option]: -1 })).toThrow(
      expect.objectContaining({ name: 'RangeError', message: expect.stringContaining(`${option} is -1`) }),
    );
  });

  it('gives a claim to one holder at a time, and to that one again', () => {
    const ledger = new MemoryCallbackLedger();

    expect(ledger.claim('archive-1', 'a')).toBe('claimed');
    expect(ledger.claim('archive-1', 'a')).toBe('claimed');
    expect(ledger.claim('archive-1', 'b')).toBe('in-progress');
    expect(ledger.claim('archive-2', 'b')).toBe('claimed');
  });

  it('renews a claim for its holder alone', () => {
    const ledger = new MemoryCallbackLedger();
    ledger.claim('archive-1', 'a');

    expect(ledger.renew('archive-1', 'a')).toBe(true);
    expect(ledger.renew('archive-1', 'b')).toBe(false);
    expect(ledger.renew('archive-2', 'a')).toBe(false);
  });

  it('takes a claim back from its holder alone', () => {
    const ledger = new MemoryCallbackLedger();
    ledger.claim('archive-1', 'a');
    ledger.release('archive-1', 'b');
    expect(ledger.claim('archive-1', 'b')).toBe('in-progress');
    ledger.release('archive-1', 'a');

    expect(ledger.claim('archive-1', 'b')).toBe('claimed');
  });

  it('gives no claim on what was handled, to its former holder neither', () => {
    const ledger = new MemoryCallbackLedger();
    ledger.claim('archive-1', 'a');
    ledger.complete('archive-1');

    expect(ledger.claim('archive-1', 'a')).toBe('completed');
    expect(ledger.claim('archive-1', 'b')).toBe('completed');
    expect(ledger.renew('archive-1', 'a')).toBe(false);
    expect(ledger.size).toBe(1);
  });

  it.each([
    [0, 0],
    [0.9, 0],
    [0.9, 0.5],
  ])('forgets after retention, within a second, and not before: %d s, %d s', (uptime, fraction) => {
    const clock = stopClock();
    clock.forward(uptime);
    const ledger = new MemoryCallbackLedger({ retention: 10 + fraction });
    ledger.claim('archive-1', 'a');
    ledger.complete('archive-1');
    clock.forward(9.999 + fraction);
    expect(ledger.claim('archive-1', 'b')).toBe('completed');
    clock.forward(1);

    expect(ledger.claim('archive-1', 'b')).toBe('claimed');
    expect(ledger.size).toBe(0);
  });

  it('forgets at the very second', () => {
    const clock = stopClock();
    const ledger = new MemoryCallbackLedger({ retention: 10 });
    ledger.complete('archive-1');
    clock.forward(10);

    expect(ledger.claim('archive-1', 'b')).toBe('claimed');
    expect(ledger.size).toBe(0);
  });

  it('remembers what is completed again from then on', () => {
    const clock = stopClock();
    const ledger = new MemoryCallbackLedger({ retention: 10 });
    ledger.complete('archive-1');
    ledger.complete('archive-2');
    clock.forward(5);
    ledger.complete('archive-1');
    clock.forward(5);

    expect(ledger.claim('archive-2', 'b')).toBe('claimed');
    expect(ledger.claim('archive-1', 'b')).toBe('completed');
    expect(ledger.size).toBe(1);
  });

  it('drops no more than 64 at a claim of those whose time is over, but gives a claim on any of them', () => {
    const clock = stopClock();
    const ledger = remembering(100, new MemoryCallbackLedger({ retention: 10 }));
    clock.forward(10);

    expect(ledger.claim('archive-99', 'a')).toBe('claimed');
    expect(ledger.size).toBe(36);
    ledger.claim('archive-98', 'a');
    expect(ledger.size).toBe(0);
  });

  it('warns when it holds as many as were said, and at each doubling', () => {
    const ledger = remembering(9, new MemoryCallbackLedger({ warnAbove: 10, retention: 3600 }));
    expect(logs.of('warn')).toEqual([]);
    remembering(10, ledger);
    expect(logs.of('warn')).toHaveLength(1);
    remembering(19, ledger);
    expect(logs.of('warn')).toHaveLength(1);
    remembering(20, ledger);
    expect(logs.of('warn')).toHaveLength(2);
    remembering(40, ledger);
    expect(logs.of('warn')).toHaveLength(3);
  });

  it('says in its warning how much it holds, and what would help', () => {
    remembering(20_000, new MemoryCallbackLedger({ warnAbove: 20_000, retention: 3600 }));

    expect(logs.of('warn')).toEqual([
      'warn 20000 callbacks are remembered in memory, for 3600 s each: about 2 MB. ' +
        'A ledger in Redis would take them out of this process. VideoCallbacks',
    ]);
  });
});
