import { type INestApplication, type NestApplicationOptions, type Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { type Server } from 'node:http';
import { type AddressInfo } from 'node:net';
import { type Platform } from './target.js';

export interface StartedApplication {
  readonly application: INestApplication;
  readonly server: Server;
  readonly port: number;
}

/** Starts an application of Nest on any free port. */
export async function startNest(
  platform: Platform,
  module: Type,
  options: Pick<NestApplicationOptions, 'rawBody' | 'logger'> = {},
  configure: (application: INestApplication) => void = () => undefined,
): Promise<StartedApplication> {
  const settings: NestApplicationOptions = { logger: ['error', 'warn', 'log'], ...options };
  const application =
    platform === 'fastify'
      ? await NestFactory.create<NestFastifyApplication>(module, new FastifyAdapter(), settings)
      : await NestFactory.create(module, settings);
  configure(application);
  await application.listen(0, '127.0.0.1');
  const server = application.getHttpServer() as Server;
  return { application, server, port: (server.address() as AddressInfo).port };
}
