/**
 * The command cannot do what it was asked for: a wrong option, an unusable secret, a file or an address that cannot be
 * reached. Printed as one line, exit code 2. The message holds no secret and no token.
 */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}
