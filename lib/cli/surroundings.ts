import { type Readable } from 'node:stream';
import { type ExitCode } from './exit-code.js';

/** Where the command writes. */
interface OutputStream {
  write(text: string): unknown;
  /** Whether a person is looking. */
  readonly isTTY?: boolean;
}

/** What the command gets from the process around it, so that it can also be run without one. */
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
