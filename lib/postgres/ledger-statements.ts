/**
 * The statements of a ledger. `$1` is the callback's id, `$2` the holder, or the transaction of `completeWithin`. Each
 * returns one text, or its result is not needed.
 */
export interface LedgerStatements {
  readonly claim: string;
  readonly claimRemoval: string;
  readonly renew: string;
  readonly complete: string;
  readonly completeWithin: string;
  readonly isCompleted: string;
  readonly release: string;
  readonly remove: string;
}

/** How long a process keeps the task of removing expired rows, in ms. */
export const REMOVAL_INTERVAL_MS = 60_000;

/** How many rows one statement removes, so that no statement runs for long. */
export const REMOVED_AT_ONCE = 1000;

/** How long a claim waits for a transaction that adds the row, in ms. No lock can be skipped there. */
const LONGEST_CLAIM_MS = 250;

/** Returns the id of the current transaction. Outside of one, each statement has its own transaction. */
export const TRANSACTION = 'SELECT CAST(pg_current_xact_id() AS text)';

/**
 * A row without a holder is a completed callback. `clock_timestamp()` advances while a statement waits for the row; the
 * time of the transaction does not.
 *
 * If a transaction of the application completes a callback, it locks the row until it ends. Only another such
 * transaction waits for it. If claims, renewals or releases waited, the ledger would look unavailable. A claim waits
 * briefly only if the transaction has inserted the row, because other transactions cannot see it.
 */
export function statementsOn(table: string, retentionMs: number, leaseMs: number): LedgerStatements {
  const after = (ms: number): string => `clock_timestamp() + interval '1 millisecond' * ${Math.ceil(ms)}`;
  // A row that another holder has, or that is completed, is only read: waiting copies write nothing. The callback does
  // not wait until its claim is on disk: if a crash of the server loses the claim, the renewal claims it again.
  const claim = (ms: number): string => `
WITH known AS (
  SELECT holder, expires_at > clock_timestamp() AS holds FROM ${table} WHERE id = $1
), free AS (
  SELECT id FROM ${table}
  WHERE id = $1 AND (holder = $2 OR expires_at <= clock_timestamp()) FOR UPDATE SKIP LOCKED
), bounded AS MATERIALIZED (
  SELECT set_config('lock_timeout', '${LONGEST_CLAIM_MS}ms', true)
), claim AS (
  INSERT INTO ${table} AS entry (id, holder, expires_at)
  SELECT CAST($1 AS text), CAST($2 AS text), ${after(ms)} FROM bounded
  WHERE EXISTS (SELECT FROM free) OR NOT EXISTS (SELECT FROM known)
  ON CONFLICT (id) DO UPDATE SET holder = excluded.holder, expires_at = ${after(ms)}
  WHERE entry.holder = excluded.holder OR entry.expires_at <= clock_timestamp()
  RETURNING id
)
SELECT CASE
  WHEN EXISTS (SELECT FROM claim) OR EXISTS (SELECT FROM known WHERE holds AND holder = $2) THEN 'claimed'
  WHEN EXISTS (SELECT FROM known WHERE holds AND holder IS NULL) THEN 'completed'
  ELSE 'in-progress' END
FROM (SELECT set_config('synchronous_commit', 'off', true)) AS setting`;
  // A row that is already completed is not changed.
  const completion = `
ON CONFLICT (id) DO UPDATE SET holder = NULL, expires_at = ${after(retentionMs)}
WHERE entry.holder IS NOT NULL OR entry.expires_at <= clock_timestamp()`;

  return {
    claim: claim(leaseMs),
    claimRemoval: claim(REMOVAL_INTERVAL_MS),
    // A SELECT, because some clients return the rows of an UPDATE in another form.
    renew: `
WITH held AS (
  SELECT id FROM ${table} WHERE id = $1 AND holder = $2 AND expires_at > clock_timestamp()
), free AS (
  SELECT id FROM ${table}
  WHERE id = $1 AND holder = $2 AND expires_at > clock_timestamp() FOR UPDATE SKIP LOCKED
), renewed AS (
  UPDATE ${table} SET expires_at = ${after(leaseMs)} WHERE id IN (SELECT id FROM free)
)
SELECT CAST(count(*) AS text) FROM held`,
    complete: `
INSERT INTO ${table} AS entry (id, holder, expires_at) VALUES ($1, NULL, ${after(retentionMs)})${completion}`,
    completeWithin: `
WITH completed AS (
  INSERT INTO ${table} AS entry (id, holder, expires_at)
  SELECT CAST($1 AS text), NULL, ${after(retentionMs)} WHERE CAST(pg_current_xact_id() AS text) = $2${completion}
  RETURNING id
)
SELECT CASE
  WHEN CAST(pg_current_xact_id() AS text) <> $2 THEN 'no transaction'
  WHEN EXISTS (SELECT FROM completed) THEN 'completed'
  ELSE 'known' END`,
    isCompleted: `
SELECT CAST(count(*) AS text) FROM ${table} WHERE id = $1 AND holder IS NULL AND expires_at > clock_timestamp()`,
    release: `
DELETE FROM ${table} WHERE id IN (SELECT id FROM ${table} WHERE id = $1 AND holder = $2 FOR UPDATE SKIP LOCKED)`,
    // now(), because an index cannot be used with a function that changes within a statement. Locked rows are left for
    // the next time.
    remove: `
WITH removed AS (
  DELETE FROM ${table} WHERE id = ANY (ARRAY(
    SELECT id FROM ${table} WHERE expires_at <= now() ORDER BY expires_at LIMIT ${REMOVED_AT_ONCE} FOR UPDATE SKIP LOCKED
  )) RETURNING id
)
SELECT CAST(count(*) AS text) FROM removed`,
  };
}
