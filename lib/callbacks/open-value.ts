/**
 * A text of which some values are known. Vonage adds values every year, and a callback must not fail for one, so any
 * text is accepted; editors still complete the known ones.
 */
// Without the intersection TypeScript would reduce the union to plain `string` and forget the known values.
export type OpenValue<Known extends string> = Known | (string & {});
