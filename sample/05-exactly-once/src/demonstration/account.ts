import { Client } from 'pg';

/** The bookings. An insert takes up to 0.1 s and a commit up to 0.6 s, so that faults hit both. */
const TABLE = `
CREATE TABLE account_booking (account text NOT NULL, archive text NOT NULL, minutes integer NOT NULL);
CREATE FUNCTION take_time() RETURNS trigger LANGUAGE plpgsql AS
  'BEGIN PERFORM pg_sleep(CAST(TG_ARGV[0] AS float) * random()); RETURN NULL; END';
CREATE TRIGGER slow_insert AFTER INSERT ON account_booking FOR EACH ROW EXECUTE FUNCTION take_time(0.1);
CREATE CONSTRAINT TRIGGER slow_commit AFTER INSERT ON account_booking DEFERRABLE INITIALLY DEFERRED
  FOR EACH ROW EXECUTE FUNCTION take_time(0.6);
`;

/** What an account was charged for some archives. */
export interface Charged {
  readonly once: number;
  readonly more: number;
  readonly never: number;
  readonly minutes: number;
}

/** The accounts, as an auditor sees them. */
export class Accounts {
  private constructor(private readonly client: Client) {}

  /** Creates the table. */
  static async open(url: string): Promise<Accounts> {
    const client = new Client(url);
    await client.connect();
    await client.query(TABLE);
    return new Accounts(client);
  }

  /** Waits for open transactions, such as those of a killed process. */
  async charged(account: string, archives: readonly string[]): Promise<Charged> {
    await this.client.query('BEGIN; LOCK TABLE account_booking; COMMIT');
    const { rows } = await this.client.query<Charged>(
      `SELECT count(*) FILTER (WHERE times = 1)::integer AS once, count(*) FILTER (WHERE times > 1)::integer AS more,
         count(*) FILTER (WHERE times = 0)::integer AS never, coalesce(sum(minutes), 0)::integer AS minutes
       FROM (SELECT count(archive) AS times, sum(minutes) AS minutes
         FROM unnest($2::text[]) AS sent LEFT JOIN account_booking ON archive = sent AND account = $1 GROUP BY sent
       ) AS booked`,
      [account, archives],
    );
    return rows[0] ?? { once: 0, more: 0, never: archives.length, minutes: 0 };
  }

  close(): Promise<void> {
    return this.client.end();
  }
}
