/**
 * Until the function that it returns is called, errors are made without a stack trace. For errors that say nothing about
 * this program, but that untrusted requests can cause in any number: the trace is most of what they cost. Nothing that
 * can throw, and no `await`, may stand between the two calls.
 */
export function suspendStackTraces(): () => void {
  const limit = Error.stackTraceLimit;
  // With `node --frozen-intrinsics` it cannot be set: then they keep their traces.
  Reflect.set(Error, 'stackTraceLimit', 0);
  return () => {
    Reflect.set(Error, 'stackTraceLimit', limit);
  };
}
