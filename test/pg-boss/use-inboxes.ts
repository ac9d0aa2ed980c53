import { Logger } from '@nestjs/common';
import { afterAll, afterEach, beforeAll, beforeEach } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { Pool } from 'pg';
import { DeliveryFailedError, type InboxAttempt, type StoredCallback } from '../../lib/index.js';
import { PgBossCallbackInbox, type PgBossCallbackInboxOptions } from '../../lib/pg-boss/index.js';
import { KeptLogs } from '../support/logs.js';
import { createTestDatabase, type TestDatabase } from '../support/postgres-server.js';

/** What became of a callback that was given up, as its process reported it. */
interface Dead {
  readonly id: string;
  readonly attempt: InboxAttempt;
  readonly message: string;
}

/** Inboxes on one database, in a queue of each test's own, and what their workers did. */
export class Inboxes {
  queueName = '';
  /** Every delivery, as `archive-1: 1 of 2`. */
  attempts: string[] = [];
  dead: Dead[] = [];
  logs = new KeptLogs();
  private made: PgBossCallbackInbox[] = [];

  constructor(
    readonly url: () => string,
    readonly pool: () => Pool,
  ) {}

  begin(): void {
    [this.queueName, this.attempts, this.dead, this.logs] = [randomUUID(), [], [], new KeptLogs()];
    Logger.overrideLogger(this.logs);
  }

  /** An inbox that accepts only, unless it says otherwise. */
  make(options: Partial<PgBossCallbackInboxOptions> = {}): PgBossCallbackInbox {
    const inbox = new PgBossCallbackInbox({
      connection: this.url(),
      queueName: this.queueName,
      attempts: 2,
      retryDelayMax: 1,
      pollingInterval: 0.5,
      worker: false,
      ...options,
    });
    this.made.push(inbox);
    return inbox;
  }

  /** An inbox that handles callbacks. */
  start(
    handle: (callback: StoredCallback, attempt: InboxAttempt) => Promise<void>,
    options: Partial<PgBossCallbackInboxOptions> = {},
  ): PgBossCallbackInbox {
    const inbox = this.make({ worker: true, ...options });
    this.deliverTo(inbox, handle);
    return inbox;
  }

  deliverTo(
    inbox: PgBossCallbackInbox,
    handle: (callback: StoredCallback, attempt: InboxAttempt) => Promise<void>,
  ): void {
    inbox.start(
      (callback, attempt) => {
        this.attempts.push(`${callback.id}: ${attempt.attempt} of ${attempt.of}`);
        return handle(callback, attempt);
      },
      ({ id }, attempt, { message }) => this.dead.push({ id, attempt, message }),
    );
  }

  /** Runs a statement on the jobs of this test's queues. */
  async jobs<Row>(what: string, ...values: readonly unknown[]): Promise<Row[]> {
    const statement = `${what} AND name IN ($1, $1 || '/dead')`;
    return (await this.pool().query(statement, [this.queueName, ...values])).rows as Row[];
  }

  async closeAll(): Promise<void> {
    for (const inbox of this.made.splice(0)) {
      await inbox.stop();
      await inbox.close();
    }
  }
}

export const failing = (): Promise<void> => Promise.reject(new DeliveryFailedError('answered 500', 'retry'));
export const succeeding = (): Promise<void> => Promise.resolve();

export function useInboxes(): Inboxes {
  let database: TestDatabase;
  let pool: Pool;
  const inboxes = new Inboxes(
    () => database.url,
    () => pool,
  );
  beforeAll(async () => {
    database = await createTestDatabase();
    pool = new Pool({ connectionString: database.url, max: 2 });
  });
  afterAll(async () => {
    await pool.end();
    await database.remove();
  });
  beforeEach(() => {
    inboxes.begin();
  });
  afterEach(() => inboxes.closeAll());
  return inboxes;
}
