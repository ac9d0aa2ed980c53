// An application with an inbox, in a process of its own. It closes when its parent says a word, and nothing ends the
// process: it ends by itself, or never.
import { NestFactory } from '@nestjs/core';
import { once } from 'node:events';
import { VideoCallbacksModule } from 'nestjs-vonage-video-callbacks';
import { BullCallbackInbox } from 'nestjs-vonage-video-callbacks/bullmq';
import { PgBossCallbackInbox } from 'nestjs-vonage-video-callbacks/pg-boss';

class ApplicationModule {}

const { store, connection, worker } = JSON.parse(process.argv[2]);
const Inbox = store === 'Redis' ? BullCallbackInbox : PgBossCallbackInbox;
const inbox = new Inbox({ connection, worker });
const imports = [VideoCallbacksModule.forRoot({ projects: { 12345678: 'a-signature-secret-of-32-bytes!!' }, inbox })];

const app = await NestFactory.create({ module: ApplicationModule, imports }, { logger: false });
await app.listen(0, '127.0.0.1');
// Only a client that was connected tries to connect again.
await inbox.counts();
process.send('listening');
await once(process, 'message');
await app.close();
