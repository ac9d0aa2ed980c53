import { NestFactory } from '@nestjs/core';
import { AppModule } from './app.module.js';
import { demonstrate } from './demonstration/demonstrate.js';

// One second, so that the rotation can be watched; in production leave the default of 60.
const SECRET_TTL = 1;
process.env['SECRET_TTL_SECONDS'] = String(SECRET_TTL);

const app = await NestFactory.create(AppModule, { logger: ['error'] });
await app.listen(0, '127.0.0.1');
const allRight = await demonstrate(app, SECRET_TTL);
await app.close();
process.exitCode = allRight ? 0 : 1;
