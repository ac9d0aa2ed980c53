import { type ArchiveCallback } from 'nestjs-vonage-video-callbacks';
import { type PoolClient } from 'pg';

/** Charges an account for the minutes of an archive. Run twice, it charges twice. */
export async function book(client: PoolClient, account: string, archive: ArchiveCallback): Promise<void> {
  const minutes = Math.ceil((archive.duration ?? 0) / 60);
  await client.query('INSERT INTO account_booking (account, archive, minutes) VALUES ($1, $2, $3)', [
    account,
    archive.id,
    minutes,
  ]);
}
