import { type INestApplication, Module, type ModuleMetadata, type NestApplicationOptions } from '@nestjs/common';
import { type AbstractHttpAdapter, NestFactory } from '@nestjs/core';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { type Server } from 'node:http';
import { type AddressInfo } from 'node:net';
import { VideoCallbacksModule, type VideoCallbacksOptions } from '../../lib/index.js';
import { KindsController } from './kinds.controller.js';
import { KeptLogs } from './logs.js';
import { Observed } from './observed.js';
import { PROJECT, SECRET, type SignedRequest } from './signer.js';

export type Platform = 'express' | 'fastify';
export const PLATFORMS: readonly Platform[] = ['express', 'fastify'];

export const PROJECTS = { [PROJECT]: SECRET };

export interface ApplicationSetup {
  readonly platform?: Platform;
  /** An adapter of one's own instead of the platform's plain one. */
  readonly adapter?: AbstractHttpAdapter;
  /** Options of the module, besides one project with one secret for every kind. */
  readonly options?: VideoCallbacksOptions;
  /** Instead of `forRoot` with `options`. */
  readonly imports?: ModuleMetadata['imports'];
  readonly controllers?: ModuleMetadata['controllers'];
  readonly providers?: ModuleMetadata['providers'];
  readonly nest?: NestApplicationOptions;
  /** What a user would write in main.ts between create and listen. */
  readonly configure?: (app: INestApplication) => void | Promise<void>;
}

export interface RunningApplication {
  readonly app: INestApplication;
  readonly url: string;
  readonly port: number;
  readonly logs: KeptLogs;
  /** What the module reported to its observer, if `options` has none of its own. */
  readonly observed: Observed;
  /** Posts a request to a path. */
  readonly post: (path: string, request: SignedRequest) => Promise<Answer>;
  readonly close: () => Promise<void>;
}

export interface Answer {
  readonly status: number;
  readonly text: string;
  readonly headers: Headers;
}

/** Starts a real Nest application on a free port of the loopback interface. */
export async function startApplication({
  platform = 'express',
  adapter = platform === 'express' ? new ExpressAdapter() : new FastifyAdapter(),
  options = {},
  imports,
  controllers = [KindsController],
  providers = [],
  nest = {},
  configure,
}: ApplicationSetup = {}): Promise<RunningApplication> {
  const logs = new KeptLogs();
  const observed = new Observed();
  const projects = options.secretProvider === undefined ? { projects: PROJECTS } : {};

  @Module({
    imports: imports ?? [VideoCallbacksModule.forRoot({ ...projects, observer: observed, ...options })],
    controllers,
    providers,
  })
  class TestModule {}

  const app = await NestFactory.create(TestModule, adapter, { logger: logs, abortOnError: false, ...nest });
  try {
    await configure?.(app);
    await app.listen(0, '127.0.0.1');
  } catch (error) {
    await app.close();
    throw error;
  }
  const { port } = (app.getHttpServer() as Server).address() as AddressInfo;
  const url = `http://127.0.0.1:${port}`;
  return {
    app,
    url,
    port,
    logs,
    observed,
    post: (path, request) => post(url + path, request),
    close: () => app.close(),
  };
}

/** Posts a request. */
export async function post(url: string, { headers, body }: SignedRequest): Promise<Answer> {
  const response = await fetch(url, { method: 'POST', headers, body: new Uint8Array(body) });
  return { status: response.status, text: await response.text(), headers: response.headers };
}
