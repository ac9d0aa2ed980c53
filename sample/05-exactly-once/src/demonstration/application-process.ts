import { type ChildProcess, fork } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const APPLICATION = fileURLToPath(new URL('application.js', import.meta.url));

/** How long a process runs until its next fault, in ms. */
const QUIET = [300, 2000] as const;
/** How long a pause takes, in ms: longer than the lease of the ledger, which is 1 s. */
const PAUSE = [1500, 2500] as const;

/** The faults that happened to a process. */
export interface Faults {
  kills: number;
  pauses: number;
}

/** One process of the application, which is killed and paused. */
export class ApplicationProcess {
  readonly faults: Faults = { kills: 0, pauses: 0 };
  private process = start();
  /** Where it listens; `undefined` while it starts. */
  url: string | undefined;

  /** Waits until it listens. */
  async listen(): Promise<void> {
    const end = AbortSignal.timeout(20_000);
    const [url] = (await once(this.process, 'message', { signal: end })) as [string];
    this.url = url;
  }

  /** Kills it or pauses it, at random moments, until the signal. */
  async suffer(until: AbortSignal): Promise<void> {
    while (!until.aborted) {
      await wait(randomInt(...QUIET));
      await (randomInt(2) === 0 ? this.kill() : this.pause());
    }
  }

  /** Ends it as a crash does, and starts it again. */
  private async kill(): Promise<void> {
    this.faults.kills += 1;
    await this.stop();
    this.process = start();
    await this.listen();
  }

  /** Pauses it for longer than its claims hold, as when a virtual machine is moved. */
  private async pause(): Promise<void> {
    this.faults.pauses += 1;
    this.process.kill('SIGSTOP');
    await wait(randomInt(...PAUSE));
    this.process.kill('SIGCONT');
  }

  async stop(): Promise<void> {
    this.url = undefined;
    const { process } = this;
    if (process.exitCode !== null || process.signalCode !== null) return;
    const ended = once(process, 'exit');
    process.kill('SIGKILL');
    await ended;
  }
}

function start(): ChildProcess {
  return fork(APPLICATION, { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
}
