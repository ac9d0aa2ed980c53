import { type INestApplication } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { type SignedCallback } from 'nestjs-vonage-video-callbacks/testing';
import { AppModule } from '../app.module.js';
import { ArchiveDatabase, type ArchiveRow } from '../archive.database.js';

/** The application, which the demonstration closes and starts again. */
export class Application {
  private constructor(private app: INestApplication) {}

  static async start(): Promise<Application> {
    return new Application(await create());
  }

  /** Sends a callback; the status of the answer. */
  async post(request: SignedCallback): Promise<number> {
    const url = `${await this.app.getUrl()}/video/archives`;
    const response = await fetch(url, { ...request, signal: AbortSignal.timeout(5000) });
    return response.status;
  }

  rows(): readonly ArchiveRow[] {
    return this.app.get(ArchiveDatabase).rows();
  }

  async restart(): Promise<void> {
    await this.close();
    this.app = await create();
  }

  close(): Promise<void> {
    return this.app.close();
  }
}

async function create(): Promise<INestApplication> {
  // Each failed attempt would be an error in the log; here they are intended.
  const app = await NestFactory.create(AppModule, { logger: ['fatal'] });
  // Also on SIGTERM, running handlers finish first.
  app.enableShutdownHooks();
  await app.listen(0, '127.0.0.1');
  return app;
}
