/** A status that is known. */
export interface Rung {
  /** How far it is. Of two callbacks without a time, the one with the higher rank is the later one. */
  readonly rank: number;
  /** What the page draws of it, up to the ladder's `steps`. */
  readonly step: number;
  readonly isOver: boolean;
}

/** The statuses of something and their order. */
export interface StatusLadder {
  readonly steps: number;
  readonly rungs: ReadonlyMap<string, Rung>;
}

/** Vonage adds statuses: an unknown one is shown, but not interpreted. */
const UNKNOWN: Rung = { rank: 0, step: 0, isOver: false };

export function rungOf({ rungs }: StatusLadder, status: string): Rung {
  return rungs.get(status) ?? UNKNOWN;
}

export const ARCHIVE_LADDER: StatusLadder = {
  steps: 3,
  rungs: new Map([
    ['started', { rank: 1, step: 1, isOver: false }],
    ['paused', { rank: 1, step: 1, isOver: false }],
    ['stopped', { rank: 2, step: 2, isOver: false }],
    ['uploaded', { rank: 3, step: 3, isOver: true }],
    ['available', { rank: 3, step: 3, isOver: true }],
    ['expired', { rank: 4, step: 3, isOver: true }],
    ['deleted', { rank: 5, step: 3, isOver: true }],
    ['failed', { rank: 5, step: 0, isOver: true }],
  ]),
};

/** Broadcasts, live captions and Experience Composers. */
export const WORK_LADDER: StatusLadder = {
  steps: 2,
  rungs: new Map([
    ['starting', { rank: 1, step: 0, isOver: false }],
    ['started', { rank: 2, step: 1, isOver: false }],
    ['paused', { rank: 2, step: 1, isOver: false }],
    ['stopped', { rank: 3, step: 2, isOver: true }],
    ['failed', { rank: 3, step: 0, isOver: true }],
  ]),
};
