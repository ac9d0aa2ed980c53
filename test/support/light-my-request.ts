import { jest } from '@jest/globals';
import { createRequire } from 'node:module';

/**
 * Lets light-my-request, ours and Fastify's, run under Jest, which below Node 24.9 cannot require ES modules: it
 * requires one for the cookies that a test may send. Ours send none.
 */
export function allowInject(): void {
  const fromHere = createRequire(import.meta.url);
  for (const require of [fromHere, createRequire(fromHere.resolve('fastify'))]) {
    const fromLightMyRequest = createRequire(require.resolve('light-my-request'));
    jest.doMock(fromLightMyRequest.resolve('cookie'), () => ({}));
  }
}
