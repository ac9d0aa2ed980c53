import { SECRETS } from './secrets.js';
import { type SignedRequest, signedRequest } from './signed-request.js';

/** A request of the demonstration, and how it must end. */
export interface DemonstrationRequest {
  readonly title: string;
  readonly path: string;
  readonly request: SignedRequest;
  readonly status: number;
}

const SESSION = { sessionId: '2_MX4xMjM0NX5', projectId: '12345678' };
const CONNECTION = { id: 'c053fcc8-1111-41d5-8ec2-7a9e1434a21e', createdAt: Date.now(), data: '' };
const ARCHIVE = {
  id: 'b40ef09b-3333-4726-b508-e41a0f96c68f',
  event: 'archive',
  status: 'available',
  sessionId: SESSION.sessionId,
  createdAt: Date.now(),
  duration: 328,
  size: 18023312,
  url: 'https://archives.example/archive.mp4',
};

/** A genuine callback of every kind. */
export async function genuineRequests(): Promise<readonly DemonstrationRequest[]> {
  const genuine = async (title: string, path: string, payload: object, secret: string) => ({
    title,
    path,
    request: await signedRequest(payload, secret),
    status: 204,
  });
  const stream = {
    id: '63245362-2222-4834-8371-9397deb3e452',
    connection: CONNECTION,
    createdAt: Date.now(),
    name: '',
  };
  const call = { id: 'b0a5a8c7-6666-459f-a48d-a7f2008da853', connectionId: CONNECTION.id, createdAt: Date.now() };
  const timestamp = Date.now();
  return Promise.all([
    genuine(
      'connectionCreated',
      'sessions',
      { ...SESSION, event: 'connectionCreated', timestamp, connection: CONNECTION },
      SECRETS.session,
    ),
    genuine('streamCreated', 'sessions', { ...SESSION, event: 'streamCreated', timestamp, stream }, SECRETS.session),
    genuine('an event of next year', 'sessions', { ...SESSION, event: 'streamPraised', timestamp }, SECRETS.session),
    genuine('archive available', 'archives', ARCHIVE, SECRETS.archive),
    genuine(
      'SIP call ringing',
      'sip',
      { ...SESSION, event: 'callUpdated', state: 'RINGING', timestamp, call },
      SECRETS.sip,
    ),
    genuine(
      'Experience Composer',
      'experience-composers',
      { id: '37ecf614', sessionId: SESSION.sessionId, status: 'started' },
      SECRETS.experienceComposer,
    ),
    genuine(
      'broadcast',
      'broadcasts',
      { id: '1748b707', sessionId: SESSION.sessionId, status: 'started' },
      SECRETS.broadcast,
    ),
    genuine(
      'live captions',
      'captions',
      { captionId: '7c0680fc', sessionId: SESSION.sessionId, status: 'started' },
      SECRETS.captions,
    ),
  ]);
}

/** What a forger may try; none of it may reach a method. */
export async function hostileRequests(): Promise<readonly DemonstrationRequest[]> {
  const hour = 3600;
  const now = Math.floor(Date.now() / 1000);
  const genuine = await signedRequest(ARCHIVE, SECRETS.archive);
  const unsigned = {
    ...genuine,
    headers: { 'content-type': 'application/json', 'user-agent': 'Vonage/Callback/v1.0' },
  };
  const changed = { ...genuine, body: genuine.body.replace('archives.example', 'attacker.example') };
  const hostile = (title: string, request: SignedRequest) => ({ title, path: 'archives', request, status: 401 });
  return [
    hostile('no token', unsigned),
    hostile('a guessed secret', await signedRequest(ARCHIVE, 'password')),
    hostile('the secret of another kind', await signedRequest(ARCHIVE, SECRETS.session)),
    hostile('a genuine token on a changed body', changed),
    hostile(
      'a token of 26 hours ago',
      await signedRequest(ARCHIVE, SECRETS.archive, { claims: { iat: now - 26 * hour } }),
    ),
    hostile('another algorithm', await signedRequest(ARCHIVE, SECRETS.archive, { header: { alg: 'HS512' } })),
    hostile('another issuer', await signedRequest(ARCHIVE, SECRETS.archive, { claims: { iss: 'Vonnage' } })),
    hostile('another project', await signedRequest(ARCHIVE, SECRETS.archive, { claims: { api_key: '87654321' } })),
  ];
}
