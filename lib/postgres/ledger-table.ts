import { checkValues, expect } from '../options/option-checks.js';
import { OwnFault } from '../verification/own-fault.js';

/** The table of a ledger. */
export interface LedgerTable {
  /** The schema. It must exist. Default: the first one of the connection's `search_path`. */
  readonly schema?: string | undefined;
  /** The table, at most 48 bytes. Default `video_callback_ledger`. */
  readonly table?: string | undefined;
}

/** The version of the table's columns and indexes. It is stored in a comment on the table. */
const VERSION = 1;

const INDEX_SUFFIX = '_expires_at';

// Postgres cuts longer names, so two names could mean the same table. The rest of the length is for the index name.
const LONGEST_NAME = 63;
const LONGEST_TABLE_NAME = 48;

const CHECKS = { schema: expectName(LONGEST_NAME), table: expectName(LONGEST_TABLE_NAME) };

function expectName(longest: number) {
  const isName = (value: unknown): boolean =>
    typeof value === 'string' &&
    value !== '' &&
    Buffer.byteLength(value) <= longest &&
    // Postgres accepts no zero bytes, and a lone surrogate cannot be encoded.
    !/[\0\p{Surrogate}]/u.test(value);
  return expect(isName, `a name of at most ${longest} bytes, without zero bytes`);
}

const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`;

/**
 * The quoted name of the ledger's table, for SQL.
 *
 * @throws {TypeError} if the schema or the table has no name that Postgres takes
 */
export function tableName({ schema, table = 'video_callback_ledger' }: LedgerTable): string {
  checkValues('', { schema, table }, CHECKS);
  return schema === undefined ? quoted(table) : `${quoted(schema)}.${quoted(table)}`;
}

/** The ledger's table is missing, and `createTable` is not set. */
export class TableMissingError extends OwnFault {
  override readonly name = 'TableMissingError';
  /** `ERR_CALLBACKS_TABLE_MISSING` */
  override readonly code = 'ERR_CALLBACKS_TABLE_MISSING';

  constructor(table: LedgerTable, cause: unknown) {
    super(
      `the table ${tableName(table)} of the ledger is missing: set createTable: true, or run postgresLedgerSchema()`,
      { cause },
    );
  }
}

/** The statements of {@link postgresLedgerSchema}. */
export function schemaStatements(options: LedgerTable): readonly string[] {
  const table = tableName(options);
  const index = quoted(`${options.table ?? 'video_callback_ledger'}${INDEX_SUFFIX}`);
  return [
    `CREATE TABLE IF NOT EXISTS ${table} (
  id text COLLATE "C" PRIMARY KEY,
  holder text,
  expires_at timestamptz NOT NULL
)`,
    `CREATE INDEX IF NOT EXISTS ${index} ON ${table} (expires_at)`,
    // Last, so that a table with this comment is complete.
    `COMMENT ON TABLE ${table} IS 'Handled Vonage Video callbacks, version ${VERSION}'`,
  ];
}

/**
 * Returns the SQL that creates the ledger's table, for a migration. You can run it again: existing objects are kept.
 * The SQL of a newer version of this package also updates the table of an older version.
 *
 * @throws {TypeError} if the schema or the table has no name that Postgres takes
 * @example
 * console.log(postgresLedgerSchema({ schema: 'video' }));
 */
export function postgresLedgerSchema(options: LedgerTable = {}): string {
  return schemaStatements(options)
    .map((statement) => `${statement};\n`)
    .join('');
}

/** The problems that {@link TABLE_STATE} can find. */
export const TABLE_FAULTS = ['standby', 'read-only', 'isolation', 'missing', 'unlogged', 'older', 'newer'] as const;
export type TableFault = (typeof TABLE_FAULTS)[number];

/**
 * Finds problems of the table `$1` and the server, as words separated by spaces. A table without a comment counts as
 * older than any version.
 */
export const TABLE_STATE = `
SELECT concat_ws(' ',
  CASE WHEN pg_is_in_recovery() THEN 'standby' WHEN current_setting('transaction_read_only') = 'on' THEN 'read-only' END,
  CASE WHEN current_setting('transaction_isolation') <> 'read committed' THEN 'isolation' END,
  CASE WHEN class.oid IS NULL THEN 'missing' WHEN class.relpersistence = 'u' THEN 'unlogged' END,
  CASE WHEN class.version > ${VERSION} THEN 'newer' WHEN class.version < ${VERSION} THEN 'older' END)
FROM (SELECT to_regclass($1) AS oid) AS named
LEFT JOIN LATERAL (
  SELECT oid, relpersistence,
    coalesce(substring(obj_description(oid, 'pg_class') FROM 'version ([0-9]{1,5})')::integer, 0) AS version
  FROM pg_class WHERE pg_class.oid = named.oid
) AS class ON true`;
