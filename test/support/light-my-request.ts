import { jest } from '@jest/globals';
import { createRequire } from 'node:module';

/**
 * Lets Fastify's `inject` run under Jest, which below Node 24.9 cannot require ES modules: light-my-request requires
 * one for the cookies that a test may send. Ours send none.
 */
export function allowInject(): void {
  const fromFastify = createRequire(createRequire(import.meta.url).resolve('fastify'));
  const fromLightMyRequest = createRequire(fromFastify.resolve('light-my-request'));
  jest.doMock(fromLightMyRequest.resolve('cookie'), () => ({}));
}
