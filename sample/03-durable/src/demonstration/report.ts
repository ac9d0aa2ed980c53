import { setTimeout as wait } from 'node:timers/promises';

const PATIENCE = 8000;

/** Prints what happened, line by line, and remembers whether everything was right. */
export class Report {
  private wrong = 0;

  chapter(title: string): void {
    console.log(`\n${title}\n`);
  }

  line(isRight: boolean, text: string): void {
    if (!isRight) this.wrong += 1;
    console.log(`${isRight ? '✓' : '✗'} ${text}`);
  }

  /** Prints the last line. Returns whether everything was as expected. */
  end(): boolean {
    console.log(this.wrong === 0 ? '\nAll ended as it must.' : `\n${this.wrong} ended wrongly.`);
    return this.wrong === 0;
  }
}

/** Waits for a condition, for a limited time. Returns whether it was met. */
export async function eventually(isSo: () => boolean | Promise<boolean>): Promise<boolean> {
  const end = Date.now() + PATIENCE;
  while (Date.now() < end) {
    if (await isSo()) return true;
    await wait(20);
  }
  return false;
}
