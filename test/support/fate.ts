/** What has become of a promise up to now: nothing, a result, or an error. */
export interface Fate<Result> {
  readonly result?: Result;
  readonly error?: unknown;
}

/** Watches a promise without waiting for it. */
export function fateOf<Result>(promise: PromiseLike<Result>): () => Fate<Result> {
  let fate: Fate<Result> = {};
  promise.then(
    (result) => {
      fate = { result };
    },
    (error: unknown) => {
      fate = { error };
    },
  );
  return () => fate;
}
