// Fills a MemoryCallbackLedger and prints how many bytes an entry takes; to be run with --expose-gc.
import { MemoryCallbackLedger } from 'nestjs-vonage-video-callbacks';
import { memoryInUse } from '../../harness/memory-in-use.js';

interface IdentityModule {
  readonly callbackIdentity: (token: object, content: object) => string;
}

// Not exported; what an id takes in memory depends on how exactly its text is put together.
const identityFile = new URL('delivery/callback-identity.js', import.meta.resolve('nestjs-vonage-video-callbacks'));
const { callbackIdentity } = (await import(identityFile.href)) as IdentityModule;

const count = Number(process.argv[2]);
const ledger = new MemoryCallbackLedger({ warnAbove: Infinity });
const before = memoryInUse();
for (let index = 0; index < count; index += 1) {
  const token = { kind: 'archive', projectId: '12345678', claims: { jti: String(index) } };
  const id = callbackIdentity(token, { payload: {}, bodyHash: '', isBodyVerified: true });
  if (ledger.claim(id, 'holder') !== 'claimed') throw new Error('not claimed');
  ledger.complete(id);
}
console.log(Math.round((memoryInUse() - before) / ledger.size));
