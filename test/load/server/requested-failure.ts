/** What a handler throws that is made to fail. */
export class RequestedFailure extends Error {
  override readonly name = 'RequestedFailure';
}
