import { describe, expect, it } from '@jest/globals';
import {
  begunAlone,
  died,
  type JobMarks,
  letGo,
  MOST_DEATHS,
  notAlone,
  readMarks,
  survived,
  treatmentOf,
  unexplainedStalls,
} from '../../lib/bullmq/suspicion.js';

const marksOf = (marks: Partial<JobMarks> = {}): JobMarks => ({ ...readMarks(undefined), ...marks });
const job = (stalledCounter: number, attemptsStarted = 1) => ({ stalledCounter, attemptsStarted });

describe('treatmentOf', () => {
  it.each([
    ['a new job', job(0), {}, 'beside'],
    ['a job that stalled', job(1), {}, 'alone'],
    ['a job that began alone and was not interrupted', job(1), { aloneAt: 1 }, 'alone'],
    ['a job that stalled while it was alone', job(2), { aloneAt: 1 }, 'died'],
    ['a job that was cleared', job(2), { clearedAt: 2 }, 'beside'],
    ['a job that stalled after it was cleared', job(3), { clearedAt: 2 }, 'alone'],
    ['a job whose counted failure was followed by a stall', job(3, 7), { clearedAt: 2, failedAt: 5 }, 'alone'],
    ['a job whose failure was not counted', job(3, 6), { clearedAt: 2, failedAt: 5 }, 'failed'],
    ['a job that completed without its lock', job(3), { clearedAt: 2, isHandled: true }, 'handled'],
  ] as const)('of %s', (_, counters, marks, treatment) => {
    expect(treatmentOf(counters, marksOf(marks))).toBe(treatment);
  });

  it('clears a suspect that survives, whatever came of it', () => {
    const alone = begunAlone(marksOf({ deaths: 3 }), job(4));

    for (const next of ['retry', 'give-up', 'leave'] as const) {
      const after = survived(alone, job(4), { next });
      expect(treatmentOf(job(4), after)).toBe('beside');
      expect(after.deaths).toBe(0);
    }
  });

  it('tries a suspect alone again after each death', () => {
    let marks = marksOf();
    for (let stalls = 1; stalls < MOST_DEATHS; stalls += 1) {
      expect(treatmentOf(job(stalls), marks)).toBe('alone');
      marks = begunAlone(marks, job(stalls));
      expect(treatmentOf(job(stalls + 1), marks)).toBe('died');
      marks = died(marks);
      expect(marks.deaths).toBe(stalls);
    }
  });

  it('explains the stall of a job that was let go, and no other', () => {
    const after = letGo(begunAlone(marksOf(), job(2)), job(2));

    expect(treatmentOf(job(3), after)).toBe('beside');
    expect(treatmentOf(job(4), after)).toBe('alone');
  });

  it('counts no death of a process after others were handled beside the suspect again', () => {
    const after = notAlone(begunAlone(marksOf(), job(1)));

    expect(treatmentOf(job(2), after)).toBe('alone');
  });

  it('begins anew after the last death', () => {
    expect(died(marksOf({ deaths: MOST_DEATHS - 1 })).deaths).toBe(0);
  });

  it('does not count the same failure twice', () => {
    const failed = survived(begunAlone(marksOf(), job(1, 4)), job(1, 4), { next: 'retry' });

    expect(treatmentOf(job(2, 5), failed)).toBe('failed');
    expect(treatmentOf(job(2, 6), failed)).toBe('alone');
  });
});

describe('unexplainedStalls', () => {
  it.each([
    [0, 0, 0],
    [3, 0, 3],
    [3, 2, 1],
    [2, 3, 0],
  ])('of a job that stalled %i times, %i of them explained, are %i', (stalls, clearedAt, unexplained) => {
    expect(unexplainedStalls(job(stalls), marksOf({ clearedAt }))).toBe(unexplained);
  });
});

describe('readMarks', () => {
  it('reads what was written', () => {
    const marks = marksOf({ timesLeft: 1, clearedAt: 2, aloneAt: 3, deaths: 4, failedAt: 5, isHandled: true });

    expect(readMarks(JSON.parse(JSON.stringify(marks)))).toEqual(marks);
  });

  it.each([0, 50, 'done', null, [], {}, { deaths: '3', aloneAt: -1, clearedAt: 0.5, isHandled: 1 }])(
    'finds no marks in %j',
    (progress) => {
      expect(readMarks(progress)).toEqual(marksOf());
    },
  );
});
