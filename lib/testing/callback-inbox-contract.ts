import { randomUUID } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { type VideoCallbackKind } from '../callbacks/callback-kind.js';
import { type Awaitable } from '../verification/signature-key.js';
import { type ContractCase, expectSame } from './callback-ledger-contract.js';

/** The stored callback of the contract. Every member must be delivered unchanged. */
interface CallbackUnderContract {
  readonly format: 1;
  readonly id: string;
  readonly token: {
    readonly kind: VideoCallbackKind;
    readonly projectId: string;
    readonly claims: { readonly iat: number; readonly jti: string; readonly iss: 'Vonage' };
    readonly secretPosition: number;
  };
  readonly body: string;
  readonly request: {
    readonly url: string;
    readonly headers: Readonly<Record<string, string | readonly string[]>>;
    readonly remoteAddress: string;
  };
  readonly receivedAt: number;
  readonly route: string;
  readonly address?: string;
  readonly traceContext?: Record<string, string>;
}

interface AttemptUnderContract {
  readonly attempt: number;
  readonly of: number;
}

/** The operations of a `CallbackInbox`, as the contract uses them. */
export interface InboxUnderContract {
  /** See `CallbackInbox.put`. */
  put(callback: CallbackUnderContract): Awaitable<'stored' | 'known'>;
  /** See `CallbackInbox.start`. */
  start(
    deliver: (callback: CallbackUnderContract, attempt: AttemptUnderContract) => Promise<void>,
    reportDead: (callback: CallbackUnderContract, attempt: AttemptUnderContract, error: Error) => void,
  ): Awaitable<void>;
  /** See `CallbackInbox.counts`. */
  counts(): Awaitable<{ readonly waiting: number; readonly dead: number }>;
  /** See `CallbackInbox.stop`. */
  stop(): Awaitable<void>;
  /** See `CallbackInbox.close`. */
  close(): Awaitable<void>;
}

/**
 * Creates an inbox on a store that the cases share. It makes three attempts with short pauses. With `accepting` it only
 * stores.
 */
export type CreateInbox = (options: { readonly accepting: boolean }) => Awaitable<InboxUnderContract>;

/**
 * The cases that every `CallbackInbox` must pass, for any test runner.
 *
 * @param finalFailure creates the error of a delivery that must not be retried
 *
 * @example
 * const final = () => new DeliveryFailedError('answered 400', 'give-up');
 * for (const { name, run } of callbackInboxContract(() => new MyInbox(), final)) it(name, run);
 */
export function callbackInboxContract(create: CreateInbox, finalFailure: () => Error): readonly ContractCase[] {
  const withInbox = (name: string, run: (inbox: InboxUnderContract) => Promise<void>): ContractCase => ({
    name,
    run: () => useInbox(create, run),
  });
  const failFinally = (): never => {
    throw finalFailure();
  };
  return [
    withInbox('delivers a callback exactly as it was put', async (inbox) => {
      const callback = newCallback();
      const delivered = await startRecording(inbox);
      expectSame(await inbox.put(callback), 'stored', 'result of put');
      await until(() => timesOf(callback, delivered) > 0);
      expectSame(delivered.find((one) => one.callback.id === callback.id)?.callback, callback, 'delivered callback');
    }),
    {
      name: 'keeps a callback that is put before delivery starts, even if the inbox is stopped',
      run: async () => {
        const callback = newCallback();
        await useInbox(create, async (inbox) => inbox.put(callback), { accepting: true });
        await useInbox(create, async (inbox) => {
          const delivered = await startRecording(inbox);
          await until(() => timesOf(callback, delivered) > 0);
        });
      },
    },
    withInbox(
      'recognises copies of a callback that waits or was delivered, and does not deliver them',
      async (inbox) => {
        const callback = newCallback();
        expectSame(await inbox.put(callback), 'stored', 'result of the first put');
        expectSame(await inbox.put({ ...callback, receivedAt: 1 }), 'known', 'result of a copy while it waits');
        const delivered = await startRecording(inbox);
        await until(() => timesOf(callback, delivered) > 0);
        await wait(200);
        expectSame(await inbox.put(callback), 'known', 'result of a copy after delivery');
        await wait(500);
        expectSame(timesOf(callback, delivered), 1, 'number of deliveries');
      },
    ),
    withInbox('delivers exactly one of many copies that are put at the same time', async (inbox) => {
      const callback = newCallback();
      const delivered = await startRecording(inbox);
      await Promise.all(Array.from({ length: 20 }, async () => inbox.put(callback)));
      await wait(1000);
      expectSame(timesOf(callback, delivered), 1, 'number of deliveries');
    }),
    withInbox('delivers a failed callback again, and counts the attempts', async (inbox) => {
      const delivered = await startRecording(inbox, ({ attempt }) => {
        if (attempt < 3) throw new Error('not yet');
      });
      await inbox.put(newCallback());
      await until(() => delivered.length === 3);
      await wait(500);
      const attempts = delivered.map(({ attempt }) => `${attempt.attempt} of ${attempt.of}`);
      expectSame(attempts, ['1 of 3', '2 of 3', '3 of 3'], 'attempts');
    }),
    withInbox('does not deliver a callback again that failed for good', async (inbox) => {
      const delivered = await startRecording(inbox, failFinally);
      await inbox.put(newCallback());
      await until(() => delivered.length === 1);
      await wait(1500);
      expectSame(delivered.length, 1, 'number of deliveries');
    }),
    withInbox('reports a dead callback once, after its last attempt', async (inbox) => {
      const callback = newCallback();
      const dead: Delivered[] = [];
      await inbox.start(
        () => Promise.reject(new Error('never')),
        (given, attempt) => dead.push({ callback: given, attempt }),
      );
      await inbox.put(callback);
      await until(() => timesOf(callback, dead) > 0);
      await wait(500);
      expectSame(
        dead.filter((one) => one.callback.id === callback.id),
        [{ callback, attempt: { attempt: 3, of: 3 } }],
        'dead callbacks',
      );
    }),
    withInbox('counts waiting and dead callbacks', async (inbox) => {
      const before = await inbox.counts();
      await inbox.put(newCallback());
      await inbox.put(newCallback());
      const { waiting } = await inbox.counts();
      expectSame(waiting - before.waiting, 2, 'number of additional waiting callbacks');
      await startRecording(inbox, failFinally);
      await until(async () => (await inbox.counts()).dead >= before.dead + 2);
    }),
    {
      name: 'waits in stop() until running deliveries have ended',
      run: async () => {
        const inbox = await create({ accepting: false });
        let hasEnded = false;
        const delivered = await startRecording(inbox, async () => {
          await wait(500);
          hasEnded = true;
        });
        await inbox.put(newCallback());
        await until(() => delivered.length === 1);
        await inbox.stop();
        await inbox.close();
        expectSame(hasEnded, true, 'whether the delivery had ended');
      },
    },
  ];
}

interface Delivered {
  readonly callback: CallbackUnderContract;
  readonly attempt: AttemptUnderContract;
}

async function useInbox(
  create: CreateInbox,
  run: (inbox: InboxUnderContract) => Promise<unknown>,
  options = { accepting: false },
): Promise<void> {
  const inbox = await create(options);
  try {
    await run(inbox);
  } finally {
    await inbox.stop();
    await inbox.close();
  }
}

function timesOf({ id }: CallbackUnderContract, delivered: readonly Delivered[]): number {
  return delivered.filter(({ callback }) => callback.id === id).length;
}

async function startRecording(
  inbox: InboxUnderContract,
  behave: (attempt: AttemptUnderContract) => Awaitable<void> = () => undefined,
): Promise<Delivered[]> {
  const delivered: Delivered[] = [];
  await inbox.start(
    async (callback, attempt) => {
      delivered.push({ callback, attempt });
      await behave(attempt);
    },
    () => undefined,
  );
  return delivered;
}

function newCallback(): CallbackUnderContract {
  return {
    format: 1,
    id: `archive-${randomUUID()}`,
    token: {
      kind: 'archive',
      projectId: '12345678',
      claims: { iat: 1_700_000_000, jti: randomUUID(), iss: 'Vonage' },
      secretPosition: 1,
    },
    body: Buffer.from('{"id":"ü","status":"available"}').toString('base64'),
    request: {
      url: '/video/archives?x=1',
      headers: { host: 'localhost', via: ['a', 'b'] },
      remoteAddress: '127.0.0.1',
    },
    receivedAt: 1_700_000_000_123,
    route: 'VideoController.onArchive',
    address: '216.147.1.1',
    traceContext: { traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01' },
  };
}

async function until(isSo: () => Awaitable<boolean>): Promise<void> {
  for (let tries = 0; tries < 400; tries += 1) {
    if (await isSo()) return;
    await wait(25);
  }
  throw new Error('the expected condition was not met within 10 s');
}
