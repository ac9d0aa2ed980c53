/** What has become of a promise up to now. */
export interface Fate<Result> {
  readonly state: 'pending' | 'resolved' | 'rejected';
  readonly result?: Result;
  readonly error?: unknown;
}

/** The fate of a promise that has not ended. */
export const PENDING = { state: 'pending' } as const;

/** The fate of a promise that has a result, `undefined` for one of `void`. */
export function resolvedTo<Result>(result: Result): Fate<Result> {
  return { state: 'resolved', result };
}

/** Watches a promise without waiting for it. */
export function fateOf<Result>(promise: PromiseLike<Result>): () => Fate<Result> {
  let fate: Fate<Result> = PENDING;
  promise.then(
    (result) => {
      fate = resolvedTo(result);
    },
    (error: unknown) => {
      fate = { state: 'rejected', error };
    },
  );
  return () => fate;
}
