import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { type Answer, type Answers, type Question } from './questions.js';

export interface ProcessOptions {
  /** The file for its output. Default: the output of this process. */
  readonly log?: string;
  readonly nodeOptions?: readonly string[];
}

interface PendingAnswer {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: Error) => void;
}

/** A process that answers questions, see {@link answerQuestions}. */
export class AskedProcess<Known extends Answers> {
  private readonly waiting = new Map<number, PendingAnswer>();
  private readonly ended: Promise<unknown>;
  private questions = 0;

  private constructor(
    private readonly child: ChildProcess,
    private readonly log: string | undefined,
  ) {
    this.ended = once(child, 'exit');
    child.on('message', ({ number, value }: Answer) => {
      this.waiting.get(number)?.resolve(value);
      this.waiting.delete(number);
    });
    child.once('exit', () => {
      for (const { reject } of this.waiting.values()) reject(this.endError());
      this.waiting.clear();
    });
  }

  /**
   * @param program the file to run
   * @param setup travels on the command line
   */
  static start<Known extends Answers>(
    program: string,
    setup: object,
    { log, nodeOptions = [] }: ProcessOptions = {},
  ): AskedProcess<Known> {
    const output = log === undefined ? 'inherit' : openSync(log, 'w');
    const child = fork(program, [JSON.stringify(setup)], {
      stdio: ['ignore', output, output, 'ipc'],
      execArgv: [...nodeOptions],
      env: { ...process.env, NODE_ENV: 'production', NO_COLOR: '1' },
    });
    if (typeof output === 'number') closeSync(output);
    return new AskedProcess(child, log);
  }

  get pid(): number {
    return this.child.pid ?? 0;
  }

  /** How it ended, if it has. */
  get end(): string | undefined {
    const { exitCode, signalCode } = this.child;
    if (exitCode === null && signalCode === null) return undefined;
    return `exit code ${exitCode ?? 'none'}, signal ${signalCode ?? 'none'}`;
  }

  /**
   * @param timeout in ms
   * @throws {Error} if it ends, or the time is up, before it answers
   */
  ask<Name extends keyof Known & string>(name: Name, timeout = 60_000): Promise<Known[Name]> {
    if (this.end !== undefined) return Promise.reject(this.endError());
    this.questions += 1;
    const number = this.questions;
    let timer: NodeJS.Timeout | undefined;
    const answer = new Promise<unknown>((resolve, reject) => {
      this.waiting.set(number, { resolve, reject });
      timer = setTimeout(() => {
        reject(new Error(`no answer to "${name}" within ${timeout} ms`));
      }, timeout);
    });
    this.child.send({ number, name } satisfies Question);
    return answer.finally(() => {
      clearTimeout(timer);
    }) as Promise<Known[Name]>;
  }

  signal(signal: 'SIGSTOP' | 'SIGCONT'): void {
    this.child.kill(signal);
  }

  /** Lets it end, and waits for that. */
  async stop(): Promise<void> {
    if (this.end !== undefined) return;
    this.child.disconnect();
    await this.ended;
  }

  /** Kills it as `kill -9` does, and waits for its end. */
  async kill(): Promise<void> {
    if (this.end !== undefined) return;
    this.child.kill('SIGKILL');
    await this.ended;
  }

  private endError(): Error {
    const log = this.log === undefined ? '' : `:\n${readFileSync(this.log, 'utf8')}`;
    return new Error(`the process has ended (${this.end})${log}`);
  }
}
