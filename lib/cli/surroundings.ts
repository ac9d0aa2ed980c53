import { type Readable } from 'node:stream';

/** How the command ends. The meanings are part of its help. */
export const EXIT = {
  /** Everything is correct. */
  ok: 0,
  /** A delivery failed, a check failed, a hostile request was not refused, or sending was interrupted. */
  failed: 1,
  /** The command was used wrongly, or could not do what was asked: nothing is known about the endpoint. */
  wrongUse: 2,
  /** Nothing is wrong with a captured request, but its signature was not verified: no secret is set. */
  unverified: 3,
} as const;

/** One of {@link EXIT}. */
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/**
 * The command cannot do what it was asked for: a wrong option, an unusable secret, a file or an address that cannot be
 * reached. Printed as one line, exit code 2. The message holds no secret and no token.
 */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** Where the command writes. */
interface OutputStream {
  write(text: string): unknown;
  /** Whether a person is looking. */
  readonly isTTY?: boolean;
}

/** What the command needs from its process. Tests pass their own. */
export interface Surroundings {
  readonly stdin: Readable;
  readonly stdout: OutputStream;
  readonly stderr: OutputStream;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Aborted when the user wants the command to end. */
  readonly signal: AbortSignal;
}

/** A sub-command under way. */
export interface RunningCommand extends Surroundings {
  /** With the variables of `--env-file`. */
  env: Surroundings['env'];
  /** How it will end; 0 unless it says otherwise. */
  exitCode: ExitCode;
}
