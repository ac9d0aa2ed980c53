import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { type Answer, type Question } from './questions.js';

/** A process of its own that is asked questions. */
export class AskedProcess {
  private readonly waiting = new Map<number, PendingAnswer>();
  private questions = 0;

  private constructor(private readonly child: ChildProcess) {
    child.on('message', ({ number, value }: Answer) => {
      this.waiting.get(number)?.resolve(value);
      this.waiting.delete(number);
    });
    child.once('exit', () => {
      for (const { reject } of this.waiting.values()) reject(new Error('the process ended instead of answering'));
      this.waiting.clear();
    });
  }

  /**
   * @param program the file to run
   * @param setup travels on the command line
   * @param log where its output goes; default that of this process
   */
  static start(program: string, setup: object, log?: string, execArgv: readonly string[] = []): AskedProcess {
    const output = log === undefined ? 'inherit' : openSync(log, 'a');
    const child = fork(program, [JSON.stringify(setup)], {
      stdio: ['ignore', output, output, 'ipc'],
      execArgv: [...execArgv],
      env: { ...process.env, NODE_ENV: 'production', NO_COLOR: '1' },
    });
    if (typeof output === 'number') closeSync(output);
    return new AskedProcess(child);
  }

  /** How it ended, if it has. */
  get end(): string | undefined {
    const { exitCode, signalCode } = this.child;
    if (exitCode === null && signalCode === null) return undefined;
    return `exit code ${exitCode ?? 'none'}, signal ${signalCode ?? 'none'}`;
  }

  /** @throws {Error} if it ends, or the time in ms is up, before it answers */
  async ask(name: string, timeout = 60_000): Promise<unknown> {
    if (this.end !== undefined) throw new Error(`the process has ended (${this.end})`);
    this.questions += 1;
    const number = this.questions;
    const answer = new Promise<unknown>((resolve, reject) => {
      const timer = setTimeout(() => {
        reject(new Error(`no answer to "${name}" within ${timeout} ms`));
      }, timeout);
      const settled = (): void => {
        clearTimeout(timer);
      };
      this.waiting.set(number, {
        resolve: (value) => {
          settled();
          resolve(value);
        },
        reject: (error) => {
          settled();
          reject(error);
        },
      });
    });
    this.child.send({ number, name } satisfies Question);
    return answer;
  }

  async kill(): Promise<void> {
    if (this.end !== undefined) return;
    const ended = once(this.child, 'exit');
    this.child.kill('SIGKILL');
    await ended;
  }
}

interface PendingAnswer {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: Error) => void;
}
