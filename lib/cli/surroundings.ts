import { type Readable } from 'node:stream';

/** Where the command writes. */
interface OutputStream {
  write(text: string): unknown;
  /** Whether a person is looking. */
  readonly isTTY?: boolean;
}

/** What a command gets from the process around it, so that it can also be run without one. */
export interface Surroundings {
  readonly stdin: Readable;
  readonly stdout: OutputStream;
  readonly stderr: OutputStream;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Aborted when the user wants the command to end. */
  readonly signal: AbortSignal;
}
