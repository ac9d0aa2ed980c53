import { ConsoleLogger, type INestApplication } from '@nestjs/common';
import { once } from 'node:events';
import { API_KEY, ENVIRONMENT, SECRETS } from './secrets.js';

/** Prints how to send callbacks to the application, and resolves when the application should end. */
export async function serve(app: INestApplication): Promise<void> {
  const url = await app.getUrl();
  // From now on the log shows the outcome of each callback.
  app.useLogger(new ConsoleLogger());
  const variables = Object.entries(ENVIRONMENT).map(([name, value]) => `  ${name}=${value}`);
  console.log(`
The application keeps running on ${url}, with these secrets, which were made at this start:

${variables.join('\n')}

Send it a callback from another terminal, in this folder; with --help it says what else can be sent:

  echo ${SECRETS.archive}| node dist/cli/main.js send ${url}/video/archives --kind archive --event available --api-key ${API_KEY} --secret-stdin

End it with Ctrl-C.`);
  const end = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.once(signal, () => {
      end.abort();
    });
  await once(end.signal, 'abort');
}
