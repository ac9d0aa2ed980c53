import { afterAll, beforeAll, describe, it } from '@jest/globals';
import { DeliveryFailedError } from '../../lib/index.js';
import { PgBossCallbackInbox } from '../../lib/pg-boss/index.js';
import { callbackInboxContract } from '../../lib/testing/index.js';
import { createTestDatabase, type TestDatabase } from '../support/postgres-server.js';

describe('PgBossCallbackInbox', () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await createTestDatabase();
  });
  afterAll(() => database.remove());

  const contract = callbackInboxContract(
    ({ accepting }) =>
      new PgBossCallbackInbox({
        connection: database.url,
        attempts: 3,
        retryDelayMax: 1,
        pollingInterval: 0.5,
        worker: !accepting,
      }),
    () => new DeliveryFailedError('answered 400', 'give-up'),
  );
  for (const { name, run } of contract) it(name, run, 20_000);
});
