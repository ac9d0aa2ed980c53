import { callbackFixture, signCallback, type SignedCallback } from 'nestjs-vonage-video-callbacks/testing';
import { API_KEY, SECRETS } from './webhooks.js';

const HOUR = 3600;

/** What an attacker may try, one after the other, without end. */
export function* hostileRequests(): Generator<SignedCallback, never> {
  for (;;) {
    const callback = { body: callbackFixture('archive', 'available'), apiKey: API_KEY, secret: SECRETS.archive };
    const genuine = signCallback(callback);
    yield signCallback({ ...callback, secret: 'a secret that was guessed' });
    yield withoutToken(genuine);
    yield { ...genuine, body: Buffer.from(genuine.body.toString().replace('archives.example', 'attacker.example')) };
    yield signCallback({ ...callback, secret: SECRETS.session });
    yield signCallback({ ...callback, issuedAt: Date.now() / 1000 - 26 * HOUR });
    yield signCallback({ ...callback, header: { alg: 'HS512' } });
    yield signCallback({ ...callback, apiKey: '87654321' });
  }
}

/** A genuine callback that no method can use, because it has no status. */
export function unusableRequest(): SignedCallback {
  const { id, sessionId } = callbackFixture('archive', 'available');
  return signCallback({ body: { id, sessionId }, apiKey: API_KEY, secret: SECRETS.archive });
}

function withoutToken(genuine: SignedCallback): SignedCallback {
  const headers = Object.entries(genuine.headers).filter(([name]) => name !== 'authorization');
  return { ...genuine, headers: Object.fromEntries(headers) };
}
