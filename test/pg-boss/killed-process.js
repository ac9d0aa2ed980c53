// A worker in a process of its own, which never ends what it begins. It says when it has begun.
import { PgBossCallbackInbox } from '../../dist/pg-boss/index.js';

const { options } = JSON.parse(process.argv[2]);
new PgBossCallbackInbox(options).start(
  () => {
    process.send('began');
    return new Promise(() => undefined);
  },
  () => undefined,
);
