import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { AskedProcess } from '../../harness/asked-process.js';
import { type ApplicationAnswers, type ApplicationSetup, type Work } from '../applications/setup.js';

const APPLICATION = fileURLToPath(new URL('../applications/application.js', import.meta.url));

/** An application that runs in a process of its own, and logs to a file, as in production. */
export class ApplicationProcess {
  private constructor(
    private readonly process: AskedProcess<ApplicationAnswers>,
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
    const process = AskedProcess.start<ApplicationAnswers>(APPLICATION, setup, { log, nodeOptions });
    return new ApplicationProcess(process, await process.ask('port'));
  }

  /** What it has done since it began. */
  work(): Promise<Work> {
    return this.process.ask('work');
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
  memory(): Promise<number> {
    return this.process.ask('memory');
  }

  /** Lets it end; it writes its profile, if it was to take one. */
  stop(): Promise<void> {
    return this.process.stop();
  }
}
