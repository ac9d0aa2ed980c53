import { NestFactory } from '@nestjs/core';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { AppModule } from './app.module';

async function bootstrap(): Promise<void> {
  const app = await NestFactory.create(AppModule, new FastifyAdapter());
  await app.listen(0, '127.0.0.1');
  console.log(`Listening on ${await app.getUrl()}`);
}

void bootstrap();
