/** A query as some clients of databases have it: a promise that runs it whenever somebody asks for the result. */
export class LazyQuery<Result> implements Promise<Result> {
  readonly [Symbol.toStringTag] = 'LazyQuery';

  constructor(private readonly run: () => Result) {}

  then<Fulfilled = Result, Rejected = never>(
    onFulfilled?: ((value: Result) => Fulfilled | PromiseLike<Fulfilled>) | null,
    onRejected?: ((reason: unknown) => Rejected | PromiseLike<Rejected>) | null,
  ): Promise<Fulfilled | Rejected> {
    return Promise.resolve(this.run()).then(onFulfilled, onRejected);
  }

  catch<Rejected = never>(
    onRejected?: ((reason: unknown) => Rejected | PromiseLike<Rejected>) | null,
  ): Promise<Result | Rejected> {
    return this.then(undefined, onRejected);
  }

  finally(onFinally?: (() => void) | null): Promise<Result> {
    return Promise.resolve(this.run()).finally(onFinally);
  }
}
