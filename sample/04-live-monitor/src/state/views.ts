/** A participant of a session. */
export interface ConnectionView {
  readonly key: string;
  /** What the application wrote into the client's token. */
  readonly data: string;
  readonly since: number;
}

/** A stream in a session. */
export interface StreamView {
  readonly key: string;
  /** Whose it is; empty if the callback did not say. */
  readonly connection: string;
  readonly name: string;
  /** `camera`, `screen`, `custom`, or empty for a stream without video. */
  readonly videoType: string;
  readonly since: number;
}

/** A session as the page gets it. */
export interface SessionView {
  readonly key: string;
  readonly isOver: boolean;
  /** When it began, if a callback said so. */
  readonly since: number | undefined;
  /** When it ended, if it is over. */
  readonly ended: number | undefined;
  /** Why it ended, or the warning that it got. */
  readonly reason: string;
  /** The participants now; none, if it is over. */
  readonly connections: readonly ConnectionView[];
  readonly streams: readonly StreamView[];
  /** How many have left. */
  readonly left: number;
}

/** An archive, a broadcast, live captions or an Experience Composer as the page gets it. */
export interface WorkView {
  readonly key: string;
  readonly isOver: boolean;
  readonly session: string;
  readonly title: string;
  readonly status: string;
  readonly reason: string;
  /** How far it is: 0 if the status is not known, up to `steps`. */
  readonly step: number;
  readonly steps: number;
  readonly since: number | undefined;
  readonly moment: number;
  /** Length in s, 0 if there is none yet. */
  readonly duration: number;
  /** Size in bytes, 0 if there is none yet. */
  readonly size: number;
}

/** A SIP call as the page gets it. */
export interface CallView {
  readonly key: string;
  readonly isOver: boolean;
  readonly session: string;
  readonly state: string;
  readonly isMuted: boolean;
  readonly reason: string;
  readonly since: number;
  readonly moment: number;
}

/** Everything that callbacks reported. */
export interface StateView {
  readonly sessions: readonly SessionView[];
  readonly archives: readonly WorkView[];
  readonly calls: readonly CallView[];
  readonly broadcasts: readonly WorkView[];
  readonly captions: readonly WorkView[];
  readonly composers: readonly WorkView[];
}

/** What changed of it. */
export type StateChanges = {
  readonly [Collection in keyof StateView]: { readonly put: StateView[Collection]; readonly gone: readonly string[] };
};
