import { type Pool, type PoolClient } from 'pg';

/** Runs something between BEGIN and COMMIT, or ROLLBACK if it fails. */
export async function inTransaction<Result>(
  pool: Pool,
  run: (client: PoolClient) => Promise<Result>,
  isolation = '',
): Promise<Result> {
  const client = await pool.connect();
  try {
    await client.query(`BEGIN ${isolation}`);
    const result = await run(client);
    await client.query('COMMIT');
    return result;
  } catch (error) {
    await client.query('ROLLBACK');
    throw error;
  } finally {
    client.release();
  }
}

/** A transaction that stays open until it is ended. */
export async function openTransaction(
  pool: Pool,
): Promise<{ client: PoolClient; end: (how: 'COMMIT' | 'ROLLBACK') => Promise<void> }> {
  const client = await pool.connect();
  await client.query('BEGIN');
  const end = async (how: 'COMMIT' | 'ROLLBACK') => {
    await client.query(how);
    client.release();
  };
  return { client, end };
}
