import { randomBytes } from 'node:crypto';
import { PostgresMissingError } from '../../../scripts/postgres.js';
import { demonstrate } from './demonstration/demonstrate.js';
import { findDatabase } from './demonstration/postgres.js';

// Ends everything that it started.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));

try {
  const database = await findDatabase();
  // Your own application finds these in its environment.
  Object.assign(process.env, {
    VIDEO_API_KEY: '12345678',
    ARCHIVE_SIGNATURE_SECRET: randomBytes(32).toString('base64url'),
    DATABASE_URL: database.url,
  });
  try {
    process.exitCode = (await demonstrate(database.url)) ? 0 : 1;
  } finally {
    await database.remove();
  }
} catch (error) {
  if (!(error instanceof PostgresMissingError)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
