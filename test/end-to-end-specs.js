import { existsSync } from 'node:fs';
import { join } from 'node:path';

/** Specs of what a version of Node can change: HTTP, TLS, cryptography, timers, async contexts, module loading. */
export const DEPENDS_ON_NODE = {
  bullmq: ['inbox-worker'],
  cli: ['listen'],
  delivery: ['delivering-over-http'],
  'delivery/inbox': ['callback-redelivery', 'inbox-delivery', 'missing-light-my-request', 'worker-start'],
  module: ['applications', 'failures', 'routing'],
  'mutual-tls': ['*'],
  'nest-11': ['nest-version'],
  opentelemetry: ['redelivery', 'spans'],
  payload: ['*'],
  'pg-boss': ['pg-boss-callback-inbox'],
  pipeline: ['*'],
  telemetry: ['outcomes'],
  verification: ['callback-verifier', 'over-http', 'rejection-reasons'],
};

/** Specs of what a version of Nest, Express, Fastify or another peer can change, and the lowest Node with them. */
export const DEPENDS_ON_PEERS = {
  bullmq: ['bull-callback-inbox'],
  cli: ['listen'],
  decorators: ['video-callback'],
  delivery: ['delivering-over-http', 'failed-delivery', 'handling'],
  'delivery/inbox': ['callback-redelivery', 'missing-light-my-request', 'worker-start'],
  module: ['applications', 'enhancers', 'failures', 'pipes', 'registration', 'routing'],
  'mutual-tls': ['mutual-tls'],
  'nest-11': ['nest-version'],
  opentelemetry: ['redelivery', 'spans'],
  payload: ['answers', '*-readers', 'connections', 'raw-body'],
  'pg-boss': ['pg-boss-callback-inbox'],
  pipeline: ['*'],
  startup: ['route-conflict', 'start-up-check'],
  swagger: ['document'],
  telemetry: ['loggers', 'outcomes'],
  terminus: ['health'],
};

/** Specs of the inboxes, whose waits and unavailable stores take long. */
export const DEPENDS_ON_INBOX = {
  bullmq: ['*'],
  'pg-boss': ['*'],
  'delivery/inbox': ['dead-callbacks', 'inbox-contract', 'inbox-delivery'],
};

/** Specs of an inbox that start processes, which load the packages of the project itself. */
export const STARTS_PROCESSES = ['<rootDir>/test/bullmq/poisoned'];

/** jest's patterns of some specs. A name without a file is an error, so that a renamed spec stays in its list. */
export const testMatch = (specs) =>
  Object.entries(specs).flatMap(([folder, names]) =>
    names.map((name) => {
      if (!name.includes('*') && !existsSync(join(import.meta.dirname, folder, `${name}.spec.ts`))) {
        throw new Error(`test/end-to-end-specs.js names test/${folder}/${name}.spec.ts, which does not exist.`);
      }
      return `<rootDir>/test/${folder}/${name}.spec.ts`;
    }),
  );
