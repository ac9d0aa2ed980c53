/** The statements of a ledger. `$1` is the callback's id, `$2` the holder. Each gives one text, or nothing is needed of it. */
export interface LedgerStatements {
  readonly claim: string;
  readonly claimRemoval: string;
  readonly renew: string;
  readonly complete: string;
  readonly release: string;
  readonly remove: string;
}

/** How long a process is the one that removes expired rows, in ms. */
export const REMOVAL_INTERVAL_MS = 60_000;

/** How many rows one statement removes, so that none runs for long. */
export const REMOVED_AT_ONCE = 1000;

/**
 * A row without a holder is a completed callback. `clock_timestamp()` goes on while a statement waits for the row, which
 * the time of its transaction does not.
 */
export function statementsOn(table: string, retentionMs: number, leaseMs: number): LedgerStatements {
  const after = (ms: number): string => `clock_timestamp() + interval '1 millisecond' * ${Math.ceil(ms)}`;
  // What another holds, or was completed, is only read: waiting copies write nothing. Where two claim at once, the second
  // waits for the first, and looks at what that left.
  const claim = (ms: number): string => `
WITH known AS (
  SELECT holder FROM ${table} WHERE id = $1 AND holder IS DISTINCT FROM $2 AND expires_at > clock_timestamp()
), claim AS (
  INSERT INTO ${table} AS entry (id, holder, expires_at)
  SELECT CAST($1 AS text), CAST($2 AS text), ${after(ms)} WHERE NOT EXISTS (SELECT FROM known)
  ON CONFLICT (id) DO UPDATE SET holder = excluded.holder, expires_at = ${after(ms)}
  WHERE entry.holder = excluded.holder OR entry.expires_at <= clock_timestamp()
  RETURNING id
)
SELECT CASE
  WHEN EXISTS (SELECT FROM claim) THEN 'claimed'
  WHEN EXISTS (SELECT FROM known WHERE holder IS NULL) THEN 'completed'
  ELSE 'in-progress' END`;

  return {
    claim: claim(leaseMs),
    claimRemoval: claim(REMOVAL_INTERVAL_MS),
    // Some clients give the rows of an UPDATE in another form than those of a SELECT.
    renew: `
WITH renewed AS (
  UPDATE ${table} SET expires_at = ${after(leaseMs)}
  WHERE id = $1 AND holder = $2 AND expires_at > clock_timestamp() RETURNING id
)
SELECT CAST(count(*) AS text) FROM renewed`,
    complete: `
INSERT INTO ${table} (id, holder, expires_at) VALUES ($1, NULL, ${after(retentionMs)})
ON CONFLICT (id) DO UPDATE SET holder = NULL, expires_at = ${after(retentionMs)}`,
    release: `DELETE FROM ${table} WHERE id = $1 AND holder = $2`,
    // An index serves no function that changes within a statement: now(). Rows that others use are left for the next time.
    remove: `
WITH removed AS (
  DELETE FROM ${table} WHERE id = ANY (ARRAY(
    SELECT id FROM ${table} WHERE expires_at <= now() ORDER BY expires_at LIMIT ${REMOVED_AT_ONCE} FOR UPDATE SKIP LOCKED
  )) RETURNING id
)
SELECT CAST(count(*) AS text) FROM removed`,
  };
}
