// A worker in a process of its own, which never ends what it begins. It says when it has begun.
import { PgBossCallbackInbox } from '../../dist/pg-boss/index.js';

new PgBossCallbackInbox(JSON.parse(process.argv[2])).start(
  () => {
    process.send('began');
    return new Promise(() => undefined);
  },
  () => undefined,
);
// As the server of an application does, this keeps the process alive until there is a connection.
process.channel.ref();
