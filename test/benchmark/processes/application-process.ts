import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import {
  type ApplicationMessage,
  type ApplicationQuestion,
  type ApplicationSetup,
  type Work,
} from '../applications/setup.js';

const APPLICATION = fileURLToPath(new URL('../applications/application.js', import.meta.url));
/** In ms. */
const ANSWER_TIMEOUT = 30_000;

/** An application that runs in a process of its own, and logs to a file, as in production. */
export class ApplicationProcess {
  private constructor(
    private readonly child: ChildProcess,
    readonly port: number,
  ) {}

  /**
   * @param folder where its log is written
   * @param nodeOptions options of Node for the process
   */
  static async start(
    setup: ApplicationSetup,
    folder: string,
    nodeOptions: readonly string[] = [],
  ): Promise<ApplicationProcess> {
    const log = join(folder, `${setup.application}-${setup.platform}.log`);
    const file = openSync(log, 'w');
    const child = fork(APPLICATION, [JSON.stringify(setup)], {
      stdio: ['ignore', file, file, 'ipc'],
      execArgv: [...nodeOptions],
      env: { ...process.env, NODE_ENV: 'production' },
    });
    closeSync(file);
    try {
      const message = await nextMessage(child);
      if ('port' in message) return new ApplicationProcess(child, message.port);
      throw new Error('an application did not name its port');
    } catch (error) {
      child.kill();
      throw new Error(`${setup.application} on ${setup.platform} did not start:\n${readFileSync(log, 'utf8')}`, {
        cause: error,
      });
    }
  }

  /** What it has done since it began. */
  async work(): Promise<Work> {
    const answer = await this.ask('work');
    if ('handled' in answer) return answer;
    throw new Error('an application answered something else');
  }

  /** The same, but waits until its handler was called so often, within a bound in seconds: an inbox handles later. */
  async workUntil(handled: number, seconds: number): Promise<Work> {
    const end = Date.now() + seconds * 1000;
    let work = await this.work();
    while (work.handled < handled && Date.now() < end) {
      await wait(100);
      work = await this.work();
    }
    return work;
  }

  /** Bytes in use after garbage collection, for which the process needs `--expose-gc`. */
  async memory(): Promise<number> {
    const answer = await this.ask('memory');
    if ('memory' in answer) return answer.memory;
    throw new Error('an application answered something else');
  }

  /** Lets it end; it writes down its profile, if it was to take one. */
  async stop(): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const ended = once(this.child, 'exit');
    this.child.disconnect();
    await ended;
  }

  private async ask(question: ApplicationQuestion): Promise<ApplicationMessage> {
    const answer = nextMessage(this.child);
    this.child.send(question);
    return answer;
  }
}

async function nextMessage(child: ChildProcess): Promise<ApplicationMessage> {
  const controller = new AbortController();
  const signal = AbortSignal.any([controller.signal, AbortSignal.timeout(ANSWER_TIMEOUT)]);
  try {
    const [message] = (await Promise.race([
      once(child, 'message', { signal }),
      once(child, 'exit', { signal }).then(() => {
        throw new Error('an application ended');
      }),
    ])) as [ApplicationMessage];
    return message;
  } finally {
    controller.abort();
  }
}
