import Sequencer from '@jest/test-sequencer';

/** Specs that wait the longest, in processes, for Redis or for Postgres: started last they would be all that is left of a run. */
const LONGEST = [
  'pg-boss/inbox-worker',
  'samples/samples',
  'delivery/store/unavailable-store',
  'pg-boss/unavailable-postgres',
  'pg-boss/pg-boss-callback-inbox',
  'bullmq/poisoned-callback',
  'secrets/secret-provider',
  'postgres/postgres-callback-ledger',
  'delivery/inbox/inbox-delivery',
  'delivery/inbox/inbox-contract',
  'bullmq/shared-queue',
  'bullmq/inbox-worker',
  'delivery/ledger/ledger-contract',
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
