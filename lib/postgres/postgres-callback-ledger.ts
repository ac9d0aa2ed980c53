import { randomUUID } from 'node:crypto';
import { isCallbackIdentity } from '../delivery/callback-identity.js';
import { CallbackAlreadyHandledError, confirmAfterMethod } from '../delivery/method-run.js';
import { CallbackLedger, type ClaimState, DEFAULT_RETENTION } from '../delivery/ledger/callback-ledger.js';
import { withinTime } from '../delivery/store/time-limit.js';
import { checkNumbers, checkOptionNames, checkValues, expect } from '../options/option-checks.js';
import {
  REMOVAL_INTERVAL_MS,
  REMOVED_AT_ONCE,
  type LedgerStatements,
  statementsOn,
  TRANSACTION,
} from './ledger-statements.js';
import {
  type LedgerTable,
  postgresLedgerSchema,
  schemaStatements,
  TABLE_FAULTS,
  TABLE_STATE,
  type TableFault,
  TableMissingError,
  tableName,
} from './ledger-table.js';
import { checkClient, hasSqlState, onlyText, type PostgresClient } from './postgres-client.js';

/** Options of {@link PostgresCallbackLedger}. */
export interface PostgresCallbackLedgerOptions extends LedgerTable {
  /** How long a handled callback is remembered, in seconds, at most 3 153 600 000 (100 years). Default 93 600 (26 h). */
  readonly retention?: number | undefined;
  /**
   * How long a claim is valid without renewal, in seconds, from 0.1 to 6 442 449 (74 days). It is renewed while the
   * handler runs, so this is the time until another process can handle the callback of a process that died. Default 30.
   */
  readonly lease?: number | undefined;
  /**
   * Whether the ledger creates its table if it is missing. Default `false`: run the SQL of `postgresLedgerSchema()`
   * yourself.
   */
  readonly createTable?: boolean | undefined;
}

const OPTIONS: Readonly<Record<keyof PostgresCallbackLedgerOptions, true>> = {
  schema: true,
  table: true,
  retention: true,
  lease: true,
  createTable: true,
};

/** The id that a process claims before it removes expired rows. No callback has this id. */
const REMOVAL = 'removal of expired rows';

/** How long a removal may run, in ms: shorter than its claim. */
const LONGEST_REMOVAL_MS = REMOVAL_INTERVAL_MS - 10_000;

/** SQLSTATE of a statement that waited for a lock for too long. */
const LOCK_NOT_AVAILABLE = '55P03';

/** SQLSTATE of a table that does not exist. */
const UNDEFINED_TABLE = '42P01';

/** How long creating the table may delay a transaction, in ms. */
const TABLE_TIMEOUT_MS = 5000;

/** No warning for an older version: each version works with the table of the previous one. */
const WARNINGS: Readonly<Partial<Record<TableFault, (table: LedgerTable) => string>>> = {
  standby: () => 'The Postgres of the ledger is a standby, which takes no claims: connect to the primary server.',
  'read-only': () =>
    'The Postgres of the ledger lets its client only read (default_transaction_read_only), so that it takes no claims: ' +
    'set it to off for the role.',
  isolation: () =>
    'Claims that come at once may fail, since the transactions of the ledger are not READ COMMITTED ' +
    "(default_transaction_isolation): set it to 'read committed' for the role.",
  missing: (table) =>
    `The table ${tableName(table)} of the ledger is missing, or its schema may not be used. Set createTable: true, or ` +
    `run:\n${postgresLedgerSchema(table)}`,
  unlogged: (table) =>
    `Postgres forgets handled callbacks when it crashes, since the table ${tableName(table)} is unlogged, and a replay ` +
    `of one would be handled again: ALTER TABLE ${tableName(table)} SET LOGGED`,
  newer: (table) =>
    `The table ${tableName(table)} was made by a newer version of nestjs-vonage-video-callbacks: update.`,
};

/** The client returned a result that this ledger does not understand. */
class UnknownResultError extends TypeError {
  override readonly name = 'UnknownResultError';
}

/**
 * Remembers handled callbacks in a table of Postgres, for all instances of the application. Each operation is one
 * statement on one row and uses the clock of the server. There are no named prepared statements, advisory locks or
 * session state, so PgBouncer works in any mode.
 *
 * Pass the client of your application. The ledger neither connects nor closes it.
 *
 * @example
 * ledger: new PostgresCallbackLedger(pool, { createTable: true })
 */
export class PostgresCallbackLedger extends CallbackLedger {
  readonly retention: number;
  readonly lease: number;
  readonly scope = 'in Postgres, all processes that share it';

  private readonly statements: LedgerStatements;
  private readonly table: LedgerTable;
  private readonly mayCreateTable: boolean;
  /** Whether the table is known to exist, or this ledger must not create it. */
  private hasTable: boolean;
  /** A value of `performance.now()`. */
  private nextRemovalAt = 0;

  /**
   * @throws {RangeError} if `retention` or `lease` is out of its range
   * @throws {TypeError} if the client is missing, or if another option is unknown or cannot be used
   */
  constructor(
    private readonly client: PostgresClient,
    options: PostgresCallbackLedgerOptions = {},
  ) {
    super();
    checkOptionNames('PostgresCallbackLedger', options, Object.keys(OPTIONS));
    const { schema, table, retention = DEFAULT_RETENTION, lease = 30, createTable = false } = options;
    checkValues('', { createTable }, { createTable: expect((value) => typeof value === 'boolean', 'true or false') });
    checkNumbers('PostgresCallbackLedger', { retention, lease });
    checkClient(client);
    this.retention = retention;
    this.lease = lease;
    this.table = { schema, table };
    this.mayCreateTable = createTable;
    this.hasTable = !createTable;
    this.statements = statementsOn(tableName(this.table), retention * 1000, lease * 1000);
  }

  override async claim(id: string, holder: string): Promise<ClaimState> {
    const state = await this.answer(this.statements.claim, id, holder).catch((error: unknown) => {
      // A transaction that is still open has completed it without a claim.
      if (hasSqlState(error, LOCK_NOT_AVAILABLE)) return 'in-progress';
      throw error;
    });
    if (state === 'claimed' || state === 'completed' || state === 'in-progress') return state;
    throw new UnknownResultError(
      'The client returned an unknown result for a claim: does its query() return the rows?',
    );
  }

  override async renew(id: string, holder: string): Promise<boolean> {
    const renewed = await this.answer(this.statements.renew, id, holder);
    if (renewed === '1' || renewed === '0') return renewed === '1';
    throw new UnknownResultError(
      'The client returned an unknown result for a renewal: does its query() return the rows?',
    );
  }

  override async complete(id: string): Promise<void> {
    await this.answer(this.statements.complete, id);
    this.removeSometimes();
  }

  /**
   * Marks a callback as handled within a transaction of your application. The mark and your writes in the transaction
   * are committed together or not at all, so the callback takes effect exactly once. Call it in your method, also for
   * callbacks from an inbox. Let your method throw its errors.
   *
   * It waits for any open transaction that has marked the same callback. Commit before your method returns: otherwise
   * the module answers 500, and the next copy is handled.
   *
   * @param transaction runs a query in the transaction, such as the client of `pg` that sent `BEGIN`
   * @param id the callback's identity, as `@CallbackId()` gives it
   * @throws {CallbackAlreadyHandledError} if another copy was handled in the meantime
   * @throws {TypeError} if the client is not in a transaction, or the id is not that of a callback: then nothing is
   *   marked
   *
   * @example
   * await ledger.completeWithin(client, id); // between BEGIN and COMMIT
   */
  async completeWithin(transaction: PostgresClient, id: string): Promise<void> {
    checkClient(transaction);
    // With the id of an archive, for example, only its first callback would take effect.
    if (!isCallbackIdentity(id)) {
      throw new TypeError(
        'completeWithin() got an id that no callback has: give it the one that @CallbackId() injects.',
      );
    }
    confirmAfterMethod(id, async () => (await this.answer(this.statements.isCompleted, id)) === '1');
    // The transaction may hold the only connection, so this checks for the table within it.
    await withinTime(TABLE_TIMEOUT_MS, () => this.makeTable(transaction));
    const transactionId = (await this.ask(transaction, TRANSACTION)) ?? '';
    const state = await this.ask(transaction, this.statements.completeWithin, id, transactionId);
    this.removeSometimes();
    if (state === 'completed') return;
    if (state === 'known') throw new CallbackAlreadyHandledError();
    throw new TypeError(
      'completeWithin() got a client that is not in a transaction: give it the one that your transaction uses.',
    );
  }

  override async release(id: string, holder: string): Promise<void> {
    await this.answer(this.statements.release, id, holder);
  }

  /** Warns about a server that refuses claims or fails some, and about a table that is missing, unlogged or newer. */
  override async warnings(): Promise<readonly string[]> {
    // If the table could not be created, its state says why.
    await this.makeTable().catch(() => undefined);
    const warnings = (await this.faults()).map((fault) => WARNINGS[fault]?.(this.table));
    return warnings.filter((warning) => warning !== undefined);
  }

  private async answer(text: string, ...values: string[]): Promise<string | undefined> {
    await this.makeTable();
    return this.ask(this.client, text, ...values);
  }

  private async ask(client: PostgresClient, text: string, ...values: string[]): Promise<string | undefined> {
    try {
      return onlyText(await client.query(text, values));
    } catch (error) {
      // After an outage it may be another server, without the table.
      this.hasTable = !this.mayCreateTable;
      throw !this.mayCreateTable && hasSqlState(error, UNDEFINED_TABLE)
        ? new TableMissingError(this.table, error)
        : error;
    }
  }

  /**
   * Creates the table if `createTable` is set and the table is not known to exist.
   *
   * @param asked whether it is there
   */
  private async makeTable(asked = this.client): Promise<void> {
    if (this.hasTable) return;
    // Only if needed: the statements require more rights than the ledger otherwise needs, and lock the whole table.
    const faults = await this.faults(asked);
    if (faults.includes('missing')) await this.runSchema();
    // Each version works with the table of the previous one, so a role that may not change it can continue.
    else if (faults.includes('older')) await this.runSchema().catch(() => undefined);
    this.hasTable = true;
  }

  private async runSchema(): Promise<void> {
    for (const statement of schemaStatements(this.table)) {
      // If several processes create it at the same time, one succeeds, and the others find it at their next attempt.
      await this.client.query(statement, []).then(undefined, () => this.client.query(statement, []));
    }
  }

  private async faults(asked = this.client): Promise<readonly TableFault[]> {
    const faults = onlyText(await asked.query(TABLE_STATE, [tableName(this.table)]));
    if (faults === undefined) throw new UnknownResultError('Postgres did not say what state the table is in.');
    return TABLE_FAULTS.filter((fault) => faults.split(' ').includes(fault));
  }

  /** Runs about once a minute. Nothing waits for it, and remaining rows are removed the next time. */
  private removeSometimes(): void {
    if (performance.now() < this.nextRemovalAt) return;
    this.nextRemovalAt = performance.now() + REMOVAL_INTERVAL_MS;
    void this.removeExpired().catch(() => undefined);
  }

  private async removeExpired(): Promise<void> {
    const startedAt = performance.now();
    const state = await this.answer(this.statements.claimRemoval, REMOVAL, randomUUID());
    let removed = state === 'claimed' ? REMOVED_AT_ONCE : 0;
    while (removed === REMOVED_AT_ONCE && performance.now() - startedAt < LONGEST_REMOVAL_MS) {
      removed = Number(await this.answer(this.statements.remove));
    }
  }
}
