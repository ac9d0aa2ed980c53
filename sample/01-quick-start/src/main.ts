import { NestFactory } from '@nestjs/core';
import { AppModule } from './app.module.js';
import { demonstrate } from './demonstration/demonstrate.js';
import { OperatorLog } from './demonstration/operator-log.js';
import { ENVIRONMENT } from './demonstration/secrets.js';
import { serve } from './demonstration/serve.js';

// Your own application finds these in its environment.
Object.assign(process.env, ENVIRONMENT);

const log = new OperatorLog();
const app = await NestFactory.create(AppModule, { logger: log, forceCloseConnections: true });
await app.listen(0, '127.0.0.1');
const allRight = await demonstrate(app, log);
if (process.argv.includes('--serve')) await serve(app);
await app.close();
process.exitCode = allRight ? 0 : 1;
