import { callbackFixture, signCallback, type SignedCallback } from 'nestjs-vonage-video-callbacks/testing';
import { API_KEY, SECRETS } from './secrets.js';

/** A request of the demonstration, and how it must end. */
export interface DemonstrationRequest {
  readonly title: string;
  readonly path: string;
  readonly request: SignedCallback;
  readonly status: number;
}

/** A genuine callback of every kind. */
export function genuineRequests(): readonly DemonstrationRequest[] {
  const genuine = (title: string, path: string, body: object, secret: string): DemonstrationRequest => ({
    title,
    path,
    request: signCallback({ body, apiKey: API_KEY, secret }),
    status: 204,
  });
  const nextYear = { ...callbackFixture('session', 'sessionCreated'), event: 'streamPraised' };
  return [
    genuine('connectionCreated', 'sessions', callbackFixture('session', 'connectionCreated'), SECRETS.session),
    genuine('streamCreated', 'sessions', callbackFixture('session', 'streamCreated'), SECRETS.session),
    genuine('an event of next year', 'sessions', nextYear, SECRETS.session),
    genuine('archive available', 'archives', callbackFixture('archive', 'available'), SECRETS.archive),
    genuine('SIP call ringing', 'sip', callbackFixture('sip', 'callUpdated'), SECRETS.sip),
    genuine(
      'Experience Composer started',
      'experience-composers',
      callbackFixture('experienceComposer', 'started'),
      SECRETS.experienceComposer,
    ),
    genuine('broadcast started', 'broadcasts', callbackFixture('broadcast', 'started'), SECRETS.broadcast),
    genuine('live captions started', 'captions', callbackFixture('captions', 'started'), SECRETS.captions),
  ];
}

/** What an attacker may try. Nothing of it may reach a method. */
export function hostileRequests(): readonly DemonstrationRequest[] {
  const callback = {
    body: callbackFixture('archive', 'available'),
    apiKey: API_KEY,
    secret: SECRETS.archive,
  };
  const hostile = (title: string, request: SignedCallback): DemonstrationRequest => ({
    title,
    path: 'archives',
    request,
    status: 401,
  });
  const genuine = signCallback(callback);
  const withoutToken = Object.fromEntries(Object.entries(genuine.headers).filter(([name]) => name !== 'authorization'));
  const changedBody = Buffer.from(genuine.body.toString().replace('archives.example', 'attacker.example'));
  const hours = 3600;
  return [
    hostile('no token', { ...genuine, headers: withoutToken }),
    hostile('a guessed secret', signCallback({ ...callback, secret: 'password' })),
    hostile('the secret of another kind', signCallback({ ...callback, secret: SECRETS.session })),
    hostile('a genuine token on a changed body', { ...genuine, body: changedBody }),
    hostile('a token of 26 hours ago', signCallback({ ...callback, issuedAt: Date.now() / 1000 - 26 * hours })),
    hostile('another algorithm', signCallback({ ...callback, header: { alg: 'HS512' } })),
    hostile('another issuer', signCallback({ ...callback, claims: { iss: 'Vonnage' } })),
    hostile('another project', signCallback({ ...callback, apiKey: '87654321' })),
  ];
}

/** Genuine callbacks that no method can use: they are refused too, but the log says that they may be lost. */
export function unusableRequests(): readonly DemonstrationRequest[] {
  const unusable = (title: string, status: number, body: object): DemonstrationRequest => ({
    title,
    path: 'archives',
    request: signCallback({ body, apiKey: API_KEY, secret: SECRETS.archive }),
    status,
  });
  const { status, ...withoutStatus } = callbackFixture('archive', 'available');
  const name = 'x'.repeat(2_000_000);
  return [
    unusable('an archive without a status', 400, withoutStatus),
    unusable('a body of two megabytes', 413, { ...withoutStatus, status, name }),
  ];
}
