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
   * How long the claim of a process that died holds, in seconds, from 0.1 to 6 442 449 (74 days); renewed while the handler
   * runs. Default 30.
   */
  readonly lease?: number | undefined;
  /** Whether the ledger makes its table where it is missing. Default `false`: run `postgresLedgerSchema()` yourself. */
  readonly createTable?: boolean | undefined;
}

const OPTIONS: Readonly<Record<keyof PostgresCallbackLedgerOptions, true>> = {
  schema: true,
  table: true,
  retention: true,
  lease: true,
  createTable: true,
};

/** What a process claims to be the one that removes expired rows. No callback has this id. */
const REMOVAL = 'removal of expired rows';

/** How long a removal goes on at most, in ms: shorter than it is claimed for. */
const LONGEST_REMOVAL_MS = REMOVAL_INTERVAL_MS - 10_000;

/** SQLSTATE of a statement that waited for a lock for too long. */
const LOCK_NOT_AVAILABLE = '55P03';

/** What Postgres says of a table that does not exist. */
const UNDEFINED_TABLE = '42P01';

/** How long making the table may delay a transaction, in ms. */
const TABLE_TIMEOUT_MS = 5000;

/** A version that is older has none: each version works with the table of the one before. */
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

/** Postgres, or what the client makes of its results, is none that this ledger understands. */
class UnknownResultError extends TypeError {
  override readonly name = 'UnknownResultError';
}

/**
 * Remembers handled callbacks in a table of Postgres, for all instances of the application. Each operation is one
 * statement on one row, by the clock of the server, without prepared names, advisory locks or state of a session, so that
 * PgBouncer may stand between, in any mode.
 *
 * The client is the one that the application has; the ledger neither connects nor closes it.
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
  /** Whether the table is known to be there, or is not this ledger's to make. */
  private hasTable: boolean;
  /** By the clock of `performance.now()`. */
  private nextRemovalAt = 0;

  /**
   * @throws {RangeError} if `retention` or `lease` is out of its range
   * @throws {TypeError} if there is no client, and if another option is unknown or cannot be used
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
      // A transaction that is still open has completed it, without a claim.
      if (hasSqlState(error, LOCK_NOT_AVAILABLE)) return 'in-progress';
      throw error;
    });
    if (state === 'claimed' || state === 'completed' || state === 'in-progress') return state;
    throw new UnknownResultError('Postgres answered a claim with something else than its state.');
  }

  override async renew(id: string, holder: string): Promise<boolean> {
    const renewed = await this.answer(this.statements.renew, id, holder);
    if (renewed === '1' || renewed === '0') return renewed === '1';
    throw new UnknownResultError('Postgres answered a renewal with something else than 0 or 1.');
  }

  override async complete(id: string): Promise<void> {
    await this.answer(this.statements.complete, id);
    this.removeSometimes();
  }

  /**
   * Marks a callback as handled as part of a transaction of the application: what the method writes in it and the mark
   * are committed together, or not at all, so that the callback takes effect exactly once. Called by the method, with or
   * without a claim, hence also for a callback that comes out of an inbox. Whatever it throws, the method throws on.
   *
   * It waits for another transaction that has marked the same callback and is not over yet. Afterwards, the module
   * answers 500, and the next copy is handled, unless the transaction was committed when the method returned.
   *
   * @param transaction what runs a query in the transaction, as the client of `pg` that sent `BEGIN`
   * @param id the callback's identity, as `@CallbackId()` gives it
   * @throws {CallbackAlreadyHandledError} if another copy was handled meanwhile
   * @throws {TypeError} if the client is not in a transaction, or the id is no callback's: then nothing is marked
   *
   * @example
   * await ledger.completeWithin(client, id); // between BEGIN and COMMIT
   */
  async completeWithin(transaction: PostgresClient, id: string): Promise<void> {
    checkClient(transaction);
    // That of an archive, for example, would let only the first of its callbacks take effect.
    if (!isCallbackIdentity(id)) {
      throw new TypeError(
        'completeWithin() got an id that no callback has: give it the one that @CallbackId() injects.',
      );
    }
    confirmAfterMethod(id, async () => (await this.answer(this.statements.isCompleted, id)) === '1');
    // The transaction may hold the only connection, so it is asked whether the table is there.
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

  /** Warns of a server that takes no claims or fails some, and of a table that is missing, forgets, or is newer. */
  override async warnings(): Promise<readonly string[]> {
    // Where the table could not be made, its state says why.
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
      // The server may be another one when it is back, without the table.
      this.hasTable = !this.mayCreateTable;
      throw !this.mayCreateTable && hasSqlState(error, UNDEFINED_TABLE)
        ? new TableMissingError(this.table, error)
        : error;
    }
  }

  /**
   * Makes the table if that is this ledger's to do, and the table is not known to be there.
   *
   * @param asked whether it is there
   */
  private async makeTable(asked = this.client): Promise<void> {
    if (this.hasTable) return;
    // Only where it is needed: the statements take more rights than a ledger has otherwise, and a lock of the whole table.
    const faults = await this.faults(asked);
    if (faults.includes('missing')) await this.runSchema();
    // Each version works with the table of the one before: a role that may not change it can go on.
    else if (faults.includes('older')) await this.runSchema().catch(() => undefined);
    this.hasTable = true;
  }

  private async runSchema(): Promise<void> {
    for (const statement of schemaStatements(this.table)) {
      // Of those that make it at once only one succeeds, and the others find it there when they try again.
      await this.client.query(statement, []).then(undefined, () => this.client.query(statement, []));
    }
  }

  private async faults(asked = this.client): Promise<readonly TableFault[]> {
    const faults = onlyText(await asked.query(TABLE_STATE, [tableName(this.table)]));
    if (faults === undefined) throw new UnknownResultError('Postgres did not say what state the table is in.');
    return TABLE_FAULTS.filter((fault) => faults.split(' ').includes(fault));
  }

  /** About once a minute. Nobody waits for it, and what is left is removed the next time. */
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
