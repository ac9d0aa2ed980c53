import { expect, it, jest } from '@jest/globals';

const settings: unknown[] = [];

class RecordedPgBoss {
  constructor(options: unknown) {
    settings.push(options);
  }

  on(): void {
    // No events.
  }
}

jest.unstable_mockModule('pg-boss', () => ({ PgBoss: RecordedPgBoss }));

const { PgBossCallbackInbox } = await import('../../lib/pg-boss/index.js');

it('looks for the callbacks of processes that ended every 15 s, unless the connection says otherwise', () => {
  new PgBossCallbackInbox({ connection: 'postgres://127.0.0.1/video' });
  new PgBossCallbackInbox({ connection: { host: '127.0.0.1', superviseIntervalSeconds: 1 } });

  expect(settings).toMatchObject([
    { supervise: true, superviseIntervalSeconds: 15, monitorIntervalSeconds: 15 },
    { supervise: true, superviseIntervalSeconds: 1, monitorIntervalSeconds: 15 },
  ]);
});
