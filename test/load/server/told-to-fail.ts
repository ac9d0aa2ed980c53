/** What a handler throws that was told to. */
export class ToldToFail extends Error {
  override readonly name = 'ToldToFail';
}
