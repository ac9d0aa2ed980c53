/** Longest signature secret in characters that Vonage takes ("Secure callbacks"). */
const MAX_SECRET_LENGTH = 50;

/**
 * What is wrong with the length of a signature secret, without the secret; `undefined` if nothing is. Characters are
 * counted as Unicode code points, so that an emoji outside the first 65,536 is one.
 */
export function secretLengthProblem(secret: string): string | undefined {
  if (secret === '') return `is empty: a signature secret has 1 to ${MAX_SECRET_LENGTH} characters`;
  const length = Array.from(secret).length;
  if (length <= MAX_SECRET_LENGTH) return undefined;
  return `has ${length} characters: Vonage takes at most ${MAX_SECRET_LENGTH} (counted as Unicode code points)`;
}
