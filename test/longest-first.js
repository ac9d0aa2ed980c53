import Sequencer from '@jest/test-sequencer';

/** Specs that wait the longest, in processes, for Redis or for Postgres: started last they would be all that is left of a run. */
const LONGEST = [
  'bullmq/poisoned-callback',
  'samples/samples',
  'bullmq/shared-queue',
  'pg-boss/unavailable-postgres',
  'pg-boss/take-over',
  'pg-boss/inbox-worker',
  'secrets/secret-provider',
  'monitor/connection',
  'delivery/inbox/closed-inbox',
  'bullmq/inbox-worker',
  'delivery/inbox/interrupted-inbox',
  'delivery/store/unavailable-store',
  'delivery/inbox/inbox-delivery',
  'postgres/unavailable-postgres',
  'delivery/longest-wait',
  'delivery/ledger/ledger-contract',
  'delivery/inbox/inbox-contract',
  'opentelemetry/bounds',
  'properties/interleavings',
].map((name) => `/test/${name}.spec.ts`);

/** jest's own order, by file size in a fresh clone, behind the specs that take long whatever their size. */
export default class LongestFirst extends Sequencer {
  sort(tests) {
    const place = ({ path }) => {
      const position = LONGEST.findIndex((name) => path.replaceAll('\\', '/').endsWith(name));
      return position === -1 ? LONGEST.length : position;
    };
    return super.sort(tests).sort((one, other) => place(one) - place(other));
  }
}
