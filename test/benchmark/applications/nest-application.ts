import { type INestApplication, type NestApplicationOptions, type Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { type Server } from 'node:http';
import { type Platform } from './setup.js';

/** Starts an application of Nest; all of them log alike. */
export async function startNest(
  platform: Platform,
  module: Type,
  options: Pick<NestApplicationOptions, 'rawBody'> = {},
  configure: (application: INestApplication) => void = () => undefined,
): Promise<Server> {
  const settings: NestApplicationOptions = { ...options, logger: ['error', 'warn', 'log'] };
  const application =
    platform === 'fastify'
      ? await NestFactory.create<NestFastifyApplication>(module, new FastifyAdapter(), settings)
      : await NestFactory.create(module, settings);
  configure(application);
  await application.listen(0, '127.0.0.1');
  return application.getHttpServer() as Server;
}
