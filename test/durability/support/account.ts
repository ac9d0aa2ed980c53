import { Client } from 'pg';

/** The table into which handlers book archives: nothing in it prevents that one is booked twice. */
export class Account {
  private constructor(private readonly database: Client) {}

  static async open(url: string): Promise<Account> {
    const database = new Client(url);
    await database.connect();
    await database.query('CREATE TABLE account (archive text NOT NULL)');
    return new Account(database);
  }

  /** How often each archive was booked. */
  async bookings(): Promise<ReadonlyMap<string, number>> {
    const { rows } = await this.database.query<{ archive: string; times: string }>(
      'SELECT archive, count(*) AS times FROM account GROUP BY archive',
    );
    return new Map(rows.map(({ archive, times }) => [archive, Number(times)]));
  }

  /** How many transactions the server has rolled back, those of processes that died among them. */
  async rollbacks(): Promise<number> {
    const { rows } = await this.database.query<{ count: string }>(
      'SELECT xact_rollback AS count FROM pg_stat_database WHERE datname = current_database()',
    );
    return Number(rows[0]?.count);
  }

  async close(): Promise<void> {
    await this.database.end();
  }
}
