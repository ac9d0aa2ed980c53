import { afterAll, beforeAll, beforeEach } from '@jest/globals';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { type NestExpressApplication } from '@nestjs/platform-express';
import { type ApplicationSetup, type Platform, type RunningApplication, startApplication } from './application.js';
import { takeHandled } from './kinds.controller.js';

/** One application for all tests of a `describe`, each of which begins with no handled call. */
export function useApplication(setup: ApplicationSetup): () => RunningApplication {
  let running: RunningApplication | undefined;
  beforeAll(async () => {
    running = await startApplication(setup);
  });
  afterAll(() => running?.close());
  beforeEach(() => {
    takeHandled();
  });
  return () => {
    if (running === undefined) throw new Error('the application has not started');
    return running;
  };
}

/** The setup of an application that believes what any proxy says about the client's address. */
export function behindProxy(platform: Platform): ApplicationSetup {
  if (platform === 'fastify') return { platform, adapter: new FastifyAdapter({ trustProxy: true }) };
  return { platform, configure: (app) => void (app as NestExpressApplication).set('trust proxy', true) };
}
