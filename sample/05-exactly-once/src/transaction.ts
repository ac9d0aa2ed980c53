import { type Pool, type PoolClient } from 'pg';

/** Runs some work in a transaction: all of it is committed, or none if the work throws. */
export async function inTransaction<Result>(
  pool: Pool,
  work: (client: PoolClient) => Promise<Result>,
): Promise<Result> {
  const client = await pool.connect();
  let fault: Error | undefined;
  try {
    await client.query('BEGIN');
    const result = await work(client);
    await client.query('COMMIT');
    return result;
  } catch (error) {
    await client.query('ROLLBACK').catch((cause: unknown) => {
      // The first error matters more. A connection in an unknown state is not used again.
      fault = new Error('ROLLBACK failed', { cause });
    });
    throw error;
  } finally {
    client.release(fault);
  }
}
