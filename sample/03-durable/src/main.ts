import { randomBytes, randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { demonstrate } from './demonstration/demonstrate.js';
import { findRedis, RedisMissingError } from './demonstration/redis.js';

const folder = mkdtempSync(join(tmpdir(), 'sample-03-durable-'));
try {
  const redis = await findRedis(folder);
  // Your own application finds these in its environment.
  Object.assign(process.env, {
    VIDEO_API_KEY: '12345678',
    ARCHIVE_SIGNATURE_SECRET: randomBytes(32).toString('base64url'),
    REDIS_URL: redis.url,
    QUEUE_NAME: `sample-03-durable-${randomUUID()}`,
    DATABASE_FILE: join(folder, 'archives.jsonl'),
  });
  try {
    process.exitCode = (await demonstrate()) ? 0 : 1;
  } finally {
    await redis.stop();
  }
} catch (error) {
  if (!(error instanceof RedisMissingError)) throw error;
  console.error(error.message);
  process.exitCode = 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
