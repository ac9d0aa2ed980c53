import { randomInt } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { AskedProcess } from '../../harness/asked-process.js';
import { type ApplicationAnswers, type ApplicationSetup } from '../processes/setup.js';

const APPLICATION = fileURLToPath(new URL('../processes/application.js', import.meta.url));
const START_TIMEOUT = 30_000;

interface Member {
  process: AskedProcess<ApplicationAnswers>;
  port: Promise<number>;
  isListening: boolean;
  /** Whether it is paused. */
  isPaused: boolean;
}

/** A process that was killed or stood still, and since when, in ms since the epoch. */
export interface Fault {
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
  async killAny(): Promise<Fault> {
    const member = await this.anyListening();
    const { process } = member;
    member.isListening = false;
    const fault = faultOf(process);
    await process.kill();
    this.members[this.members.indexOf(member)] = startMember(this.setup);
    return fault;
  }

  /** Pauses any member that listens, for a time in ms, unless it is killed meanwhile. */
  async pauseAny(time: number): Promise<Fault> {
    const member = await this.anyListening((each) => !each.isPaused);
    const { process } = member;
    member.isPaused = true;
    process.signal('SIGSTOP');
    const fault = faultOf(process);
    await wait(time);
    process.signal('SIGCONT');
    member.isPaused = false;
    return fault;
  }

  /** Starts every member again that ends, until a signal. @returns how many did */
  async revive(until: AbortSignal): Promise<number> {
    let ends = 0;
    while (!until.aborted) {
      for (const [index, { process }] of this.members.entries()) {
        if (process.end === undefined) continue;
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
        await process.kill();
      }),
    );
  }

  private async anyListening(isMeant: (member: Member) => boolean = () => true): Promise<Member> {
    const end = Date.now() + START_TIMEOUT;
    while (Date.now() < end) {
      const listening = this.members.filter(
        (each) => each.isListening && each.process.end === undefined && isMeant(each),
      );
      const member = listening.length > 0 ? listening[randomInt(listening.length)] : undefined;
      if (member !== undefined) return member;
      await wait(20);
    }
    throw new Error('no application has started');
  }
}

const faultOf = ({ pid }: Member['process']): Fault => ({ pid, at: Date.now() });

function startMember(setup: ApplicationSetup): Member {
  const process = AskedProcess.start<ApplicationAnswers>(APPLICATION, setup);
  const member: Member = { process, port: process.ask('port', START_TIMEOUT), isListening: false, isPaused: false };
  member.port.then(
    () => {
      // Unless it was killed at once.
      member.isListening = process.end === undefined;
    },
    // Whoever waits for the port gets the error.
    () => undefined,
  );
  return member;
}
