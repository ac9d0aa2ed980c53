import { type SignedCallback } from 'nestjs-vonage-video-callbacks/testing';
import { setTimeout as wait } from 'node:timers/promises';
import { FAULTS } from '../faults.js';
import { type Application } from './application.js';
import { available, withoutStatus } from './callbacks.js';
import { described, type Operator } from './operator.js';
import { eventually, type Report } from './report.js';

/** What happens to the application, chapter by chapter. */
export class Story {
  /** The names of the archives whose callbacks were answered 204. */
  private readonly accepted = new Set<string>();

  constructor(
    private readonly application: Application,
    private readonly operator: Operator,
    private readonly report: Report,
  ) {}

  async copiesAreHandledOnce(): Promise<void> {
    this.report.chapter('A callback is stored, answered, and handled afterwards; copies of it are known.');
    const callback = available('Lesson 1');
    await this.send('Lesson 1', callback);
    await this.processed('Lesson 1');
    for (let copy = 1; copy <= 3; copy += 1) await this.send('Lesson 1', callback);
    await wait(200);
    const count = this.application.rows().length;
    this.report.line(count === this.accepted.size, `4 copies were sent, rows in the database: ${count}`);
  }

  async failingHandlerIsTriedAgain(): Promise<void> {
    this.report.chapter('A handler fails three times; nobody sends the callback again.');
    FAULTS.failuresLeft.set('Lesson 2', 3);
    await this.send('Lesson 2');
    await this.processed('Lesson 2', 4);
  }

  async databaseIsDown(): Promise<void> {
    this.report.chapter('The database is down for a second. Callbacks are answered all the same.');
    FAULTS.isDatabaseDown = true;
    const names = Array.from({ length: 10 }, (_, index) => `Lesson 3.${index + 1}`);
    await this.sendAll(names);
    await wait(1000);
    this.report.line(!this.isInDatabase(names), 'none of them can be processed');
    FAULTS.isDatabaseDown = false;
    await this.allProcessed(names, 'the database is back, and all of them are processed');
  }

  async applicationIsRestarted(): Promise<void> {
    this.report.chapter('The application is restarted while callbacks wait.');
    FAULTS.isDatabaseDown = true;
    const names = Array.from({ length: 10 }, (_, index) => `Lesson 4.${index + 1}`);
    await this.sendAll(names);
    await this.application.restart();
    FAULTS.isDatabaseDown = false;
    await this.allProcessed(names, 'the new application processes what the old one accepted');
  }

  async failedCallbackIsRedriven(): Promise<void> {
    this.report.chapter('A mistake in the code lets one callback fail as often as it may be tried.');
    FAULTS.failuresLeft.set('Lesson 5', Infinity);
    if (await this.send('Lesson 5')) await eventually(async () => (await this.operator.dead()).length > 0);
    const [dead] = await this.operator.dead();
    this.report.line(dead !== undefined, `kept as failed: ${dead === undefined ? 'nothing' : described(dead)}`);
    FAULTS.failuresLeft.clear();
    if (dead === undefined) return;
    await this.operator.redrive(dead);
    this.report.line(true, 'the mistake is fixed and the callback redriven');
    await this.processed('Lesson 5', 1);
  }

  async unusableCallbackIsKept(): Promise<void> {
    this.report.chapter('A genuine callback that no method can use is refused, but kept for a person to look at.');
    const status = await this.application.post(withoutStatus('Lesson 6'));
    this.report.line(status === 400, `${status} for an archive without a status`);
    if (status === 400) await eventually(async () => (await this.operator.dead()).length > 0);
    const [dead] = await this.operator.dead();
    this.report.line(dead !== undefined, `kept as failed: ${dead === undefined ? 'nothing' : described(dead)}`);
  }

  async nothingIsLost(): Promise<void> {
    this.report.chapter('In the end every callback that was answered 204 is in the database, once.');
    const rows = this.application.rows().length;
    const waiting = await this.operator.waiting();
    this.report.line(
      rows === this.accepted.size && waiting === 0,
      `callbacks answered 204: ${this.accepted.size}, rows: ${rows}, waiting: ${waiting}`,
    );
  }

  private async send(name: string, callback: SignedCallback = available(name)): Promise<boolean> {
    const isAccepted = await this.post(name, callback);
    this.report.line(isAccepted, `${isAccepted ? 'answered 204' : 'not answered 204'}: "${name}"`);
    return isAccepted;
  }

  private async sendAll(names: readonly string[]): Promise<void> {
    const answers = await Promise.all(names.map((name) => this.post(name, available(name))));
    const count = answers.filter((isAccepted) => isAccepted).length;
    this.report.line(count === names.length, `callbacks answered 204: ${count} of ${names.length}`);
  }

  private async post(name: string, callback: SignedCallback): Promise<boolean> {
    const isAccepted = (await this.application.post(callback)) === 204;
    if (isAccepted) this.accepted.add(name);
    return isAccepted;
  }

  private async processed(name: string, atAttempt = 1): Promise<void> {
    const isThere = this.accepted.has(name) && (await eventually(() => this.isInDatabase([name])));
    const attempt = this.application.rows().find((row) => row.name === name)?.attempt;
    const how = isThere ? `processed at attempt ${attempt ?? 0}` : 'not processed';
    this.report.line(attempt === atAttempt, `${how}: "${name}"`);
  }

  private async allProcessed(names: readonly string[], text: string): Promise<void> {
    const areAccepted = names.every((name) => this.accepted.has(name));
    this.report.line(areAccepted && (await eventually(() => this.isInDatabase(names))), text);
  }

  /** Whether all of these archives are in the database. */
  private isInDatabase(names: readonly string[]): boolean {
    const known = new Set(this.application.rows().map(({ name }) => name));
    return names.every((name) => known.has(name));
  }
}
