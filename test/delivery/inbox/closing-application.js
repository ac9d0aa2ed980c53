// Applications with inboxes, in a process of their own. They close when the parent says a word, and nothing ends the
// process: it ends without help, or never.
import { NestFactory } from '@nestjs/core';
import { once } from 'node:events';
import { VideoCallbacksModule } from 'nestjs-vonage-video-callbacks';
import { BullCallbackInbox } from 'nestjs-vonage-video-callbacks/bullmq';
import { PgBossCallbackInbox } from 'nestjs-vonage-video-callbacks/pg-boss';

class ApplicationModule {}

const INBOXES = { Redis: BullCallbackInbox, Postgres: PgBossCallbackInbox };
const projects = { 12345678: 'a-signature-secret-of-32-bytes!!' };

const applications = [];
for (const { store, connection } of JSON.parse(process.argv[2])) {
  for (const worker of [true, false]) {
    const inbox = new INBOXES[store]({ connection, worker });
    const imports = [VideoCallbacksModule.forRoot({ projects, inbox })];
    const app = await NestFactory.create({ module: ApplicationModule, imports }, { logger: false });
    await app.listen(0, '127.0.0.1');
    // Only a client that was connected tries to connect again.
    await inbox.counts();
    applications.push(app);
  }
}
process.send('listening');
await once(process, 'message');
await Promise.all(applications.map((app) => app.close()));
