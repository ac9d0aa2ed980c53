import { Readable } from 'node:stream';
import { setTimeout as wait } from 'node:timers/promises';
import { run } from '../../../lib/cli/program.js';

export interface CommandSetup {
  readonly env?: Readonly<Record<string, string>>;
  readonly stdin?: string | Buffer | Readable;
  readonly isTTY?: boolean;
}

export interface EndedCommand {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A command that is under way within this process. */
export class RunningCommand {
  private readonly interruption = new AbortController();
  private stdout = '';
  private stderr = '';
  private readonly end: Promise<number>;

  constructor(argv: readonly string[], { env = {}, stdin = '', isTTY = false }: CommandSetup = {}) {
    this.end = run(argv, {
      env,
      stdin: stdin instanceof Readable ? stdin : Readable.from([Buffer.from(stdin)]),
      stdout: { isTTY, write: (text: string) => (this.stdout += text) },
      stderr: { isTTY, write: (text: string) => (this.stderr += text) },
      signal: this.interruption.signal,
    });
  }

  /** As Ctrl-C does. */
  interrupt(): void {
    this.interruption.abort();
  }

  async ended(): Promise<EndedCommand> {
    const code = await this.end;
    return { code, stdout: this.stdout, stderr: this.stderr };
  }

  /** Waits until something was printed, and returns the match. */
  async printed(pattern: RegExp, timeout = 5000): Promise<RegExpExecArray> {
    const deadline = Date.now() + timeout;
    for (;;) {
      const match = pattern.exec(this.stdout);
      if (match !== null) return match;
      if (Date.now() > deadline) throw new Error(`not printed within ${timeout} ms: ${this.stdout}${this.stderr}`);
      await wait(5);
    }
  }
}

/** Runs a command within this process until it ends. */
export function runCommand(argv: readonly string[], setup?: CommandSetup): Promise<EndedCommand> {
  return new RunningCommand(argv, setup).ended();
}

/** The one line of an error, which must be the whole of what was printed. */
export function errorLine({ stdout, stderr }: EndedCommand): string {
  const [line = '', ...rest] = stderr.split('\n');
  if (stdout !== '' || rest.join('') !== '') throw new Error(`more than one line: ${stdout}${stderr}`);
  return line;
}
