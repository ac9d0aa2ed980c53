import { NestFactory } from '@nestjs/core';
import { once } from 'node:events';
import { AppModule } from './app.module.js';
import { sendTraffic } from './demonstration/traffic.js';
import { ENVIRONMENT } from './demonstration/webhooks.js';

// Your own application finds these in its environment.
Object.assign(process.env, ENVIRONMENT);

const { PORT = '0', MONITOR_CALLBACKS } = process.env;
const end = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    end.abort();
  });
}

// Browsers keep unused connections open, for which a server would wait before it ends.
const app = await NestFactory.create(AppModule, { logger: ['fatal'], forceCloseConnections: true });
try {
  // Only this machine: the page shows who is in a session, and has no log-in.
  await app.listen(Number(PORT), '127.0.0.1');
  const url = await app.getUrl();
  console.log(`Open ${url} to see what goes on. End with Ctrl-C.`);

  const limit = MONITOR_CALLBACKS === undefined ? undefined : Number(MONITOR_CALLBACKS);
  await sendTraffic(url, { signal: end.signal, limit });
  if (!end.signal.aborted) {
    console.log(`${limit ?? 0} requests were sent.`);
    await once(end.signal, 'abort');
  }
} catch (error) {
  if (!(error instanceof Error && 'code' in error && error.code === 'EADDRINUSE')) throw error;
  console.error(`Port ${PORT} is taken: name another one in PORT.`);
  process.exitCode = 1;
} finally {
  await app.close();
}
