import { hasMethod, shownSort } from '../options/option-checks.js';

/** The result of a query: the rows, or an object with the rows. */
export type PostgresResult = readonly unknown[] | { readonly rows: readonly unknown[] };

/**
 * Runs a query. The `Pool` of `pg` and the `DataSource` of TypeORM fit without changes; for other clients write a
 * function of one line.
 *
 * @example
 * const client = { query: (text, values) => sql.unsafe(text, values) }; // postgres.js
 */
export interface PostgresClient {
  /**
   * Runs one statement.
   *
   * @param text one statement, with `$1` and `$2` for the values
   * @param values the values in this order; each is a string
   */
  query(text: string, values: string[]): PromiseLike<PostgresResult>;
}

/** @throws {TypeError} if it is not a client; the message does not show it, because it may contain a password */
export function checkClient(client: unknown): void {
  const hint = 'give the Pool of pg, or an object with the method query(text, values)';
  if (typeof client !== 'object' || client === null) {
    throw new TypeError(`the client is ${shownSort(client)}: ${hint}.`);
  }
  if (hasMethod(client, 'then')) throw new TypeError('the client is a promise: await it.');
  if (!hasMethod(client, 'query')) throw new TypeError(`the client has no method query: ${hint}.`);
}

/**
 * The only value of a result. It is not read by column name, because clients can be configured to rename columns.
 *
 * @returns `undefined` if the result is not one row that begins with a string
 */
export function onlyText(result: unknown): string | undefined {
  const rows: unknown = hasRows(result) ? result.rows : result;
  if (!Array.isArray(rows) || rows.length !== 1) return undefined;
  const row: unknown = rows[0];
  const value: unknown = typeof row === 'object' && row !== null ? Object.values(row)[0] : undefined;
  return typeof value === 'string' ? value : undefined;
}

function hasRows(result: unknown): result is { readonly rows: unknown } {
  return typeof result === 'object' && result !== null && 'rows' in result;
}

/** Whether an error has this code (SQLSTATE) of Postgres. Some clients wrap the error of Postgres. */
export function hasSqlState(error: unknown, state: string, depth = 3): boolean {
  if (typeof error !== 'object' || error === null || depth === 0) return false;
  if (Reflect.get(error, 'code') === state) return true;
  return ['cause', 'meta'].some((name) => hasSqlState(Reflect.get(error, name), state, depth - 1));
}
