// Fills a MemoryCallbackLedger and tells how many bytes an entry takes; to be run with --expose-gc.
import { createHash } from 'node:crypto';
import { MemoryCallbackLedger } from 'nestjs-vonage-video-callbacks';

interface IdentityModule {
  readonly callbackIdentity: (token: object, content: object) => string;
}

// Not exported; what it costs in memory depends on how exactly it puts its text together.
const identityFile = new URL('delivery/callback-identity.js', import.meta.resolve('nestjs-vonage-video-callbacks'));
const { callbackIdentity } = (await import(identityFile.href)) as IdentityModule;

/** The ids that are compared: as the library makes them, and as they could be made. */
const IDS: Readonly<Record<string, (jti: string) => string>> = {
  'as the library makes it': (jti) =>
    callbackIdentity(
      { kind: 'archive', projectId: '12345678', claims: { jti } },
      { payload: {}, bodyHash: '', isBodyVerified: true },
    ),
  // A template makes a pair of two texts, of which each stays an object of its own.
  'by a template': (jti) => `archive-${sha256(jti).toString('base64url')}`,
  'by join': (jti) => ['archive', sha256(jti).toString('base64url')].join('-'),
  'the digest in base64url': (jti) => sha256(jti).toString('base64url'),
  'the digest as 32 characters': (jti) => sha256(jti).toString('latin1'),
};

function sha256(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

const [, , name = '', count = '1000000'] = process.argv;
const makeId = IDS[name];
if (makeId === undefined || globalThis.gc === undefined)
  throw new Error(`usage: --expose-gc, an id of ${Object.keys(IDS).join(', ')}`);

const heap = (): number => {
  globalThis.gc?.();
  globalThis.gc?.();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
};
const ledger = new MemoryCallbackLedger({ warnAbove: Infinity });
const before = heap();
for (let index = 0; index < Number(count); index += 1) {
  const id = makeId(String(index));
  if (ledger.claim(id, 'holder') !== 'claimed') throw new Error('not claimed');
  ledger.complete(id);
}
const bytes = (heap() - before) / ledger.size;
console.log(JSON.stringify({ bytes: Math.round(bytes), size: ledger.size }));
