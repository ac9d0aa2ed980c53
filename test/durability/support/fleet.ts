import { type ChildProcess, fork } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { type ApplicationSetup, type ListeningMessage } from '../processes/setup.js';

const APPLICATION = fileURLToPath(new URL('../processes/application.js', import.meta.url));
const START_TIMEOUT = 30_000;

interface Member {
  process: ChildProcess;
  port: Promise<number>;
  isListening: boolean;
}

/** A process that was killed, and when, in ms since the epoch. */
export interface Kill {
  readonly pid: number;
  readonly at: number;
}

/** Several processes of one application. */
export class Fleet {
  private constructor(
    private readonly setup: ApplicationSetup,
    private readonly members: Member[],
  ) {}

  static async start(size: number, setup: ApplicationSetup): Promise<Fleet> {
    const fleet = new Fleet(
      setup,
      Array.from({ length: size }, () => startMember(setup)),
    );
    await Promise.all(fleet.members.map(({ port }) => port));
    return fleet;
  }

  /** The port of any member that listens; if none does, of the first that will. */
  async anyPort(): Promise<number> {
    return (await this.anyListening()).port;
  }

  /** Kills any member that listens, as `kill -9` does, and starts it again at once. */
  async killAny(): Promise<Kill> {
    const member = await this.anyListening();
    const { process } = member;
    const ended = once(process, 'exit');
    member.isListening = false;
    process.kill('SIGKILL');
    const kill = { pid: process.pid ?? 0, at: Date.now() };
    await ended;
    this.members[this.members.indexOf(member)] = startMember(this.setup);
    return kill;
  }

  /** Starts every member again that ends by itself, until a signal. @returns how many did */
  async revive(until: AbortSignal): Promise<number> {
    let ends = 0;
    while (!until.aborted) {
      for (const [index, { process }] of this.members.entries()) {
        if (process.exitCode === null) continue;
        ends += 1;
        this.members[index] = startMember(this.setup);
      }
      await wait(20);
    }
    return ends;
  }

  async stop(): Promise<void> {
    await Promise.all(
      this.members.map(async ({ process, port }) => {
        await port.catch(() => undefined);
        if (process.exitCode !== null || process.signalCode !== null) return;
        const ended = once(process, 'exit');
        process.kill('SIGKILL');
        await ended;
      }),
    );
  }

  private async anyListening(): Promise<Member> {
    const end = Date.now() + START_TIMEOUT;
    while (Date.now() < end) {
      const listening = this.members.filter(({ isListening, process }) => isListening && process.exitCode === null);
      const member = listening.length > 0 ? listening[randomInt(listening.length)] : undefined;
      if (member !== undefined) return member;
      await wait(20);
    }
    throw new Error('no application has started');
  }
}

function startMember(setup: ApplicationSetup): Member {
  const process = fork(APPLICATION, [JSON.stringify(setup)], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  const member: Member = { process, port: listening(process), isListening: false };
  member.port.then(
    () => {
      // Unless it was killed at once.
      member.isListening = process.exitCode === null && process.signalCode === null;
    },
    // Whoever waits for the port learns of it.
    () => undefined,
  );
  return member;
}

async function listening(process: ChildProcess): Promise<number> {
  const signal = AbortSignal.timeout(START_TIMEOUT);
  const [message] = (await Promise.race([
    once(process, 'message', { signal }),
    once(process, 'exit', { signal }).then(() => {
      throw new Error('an application ended instead of listening');
    }),
  ])) as [ListeningMessage];
  return message.port;
}
