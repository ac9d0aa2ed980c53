import { Controller, ForbiddenException, Post } from '@nestjs/common';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { type ArchiveCallback, VideoCallback } from '../../lib/index.js';
import { useOwnLogWindows } from '../support/log-windows.js';
import { PLATFORMS } from '../support/application.js';
import { PAYLOADS } from '../support/payloads.js';
import { exchange, type RawRequest } from '../support/raw-http.js';
import { PROJECT, SECRET, signed } from '../support/signer.js';
import { useApplication } from '../support/use-application.js';
import { expectRefused } from '../support/verdict.js';
import { authorized, BODY, claimsText, genuineToken, HEADER_TEXT, tokenOf } from './tokens.js';

const ARCHIVE_SECRETS = [SECRET, 'next-archive-secret-of-32-bytes!'];
const SESSION_SECRET = 'session-secret-of-the-same-project';
const ATTACKER_SECRET = 'secret-of-an-attacker';
const LONGEST_LINE = 1000;

const failures: Readonly<Record<string, () => unknown>> = {
  started: () => Promise.reject(new ForbiddenException('no longer')),
  paused: () => {
    throw Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });
  },
};

@Controller('callbacks')
class SometimesFailingController {
  @Post('archive')
  onArchive(@VideoCallback('archive') { status }: ArchiveCallback) {
    return failures[status]?.();
  }

  @Post('session')
  @VideoCallback('session')
  onSession() {
    return undefined;
  }
}

const archive = (deviations: object, options?: Parameters<typeof signed>[1]): RawRequest =>
  signed({ ...PAYLOADS.archive, ...deviations }, options);

/** What may happen to a callback, and the status that it is answered. */
const EVENTS: [behaviour: string, status: number, request: () => RawRequest, path?: string][] = [
  ['accepted', 204, () => archive({})],
  ['accepted by the second secret', 204, () => archive({}, { secret: ARCHIVE_SECRETS[1] ?? '' })],
  ['accepted without fields that do not fit', 204, () => archive({ name: 7, size: 'large', url: ['x'], duration: {} })],
  ['refused by an exception of the method', 403, () => archive({ status: 'started' })],
  ['failed in the method', 500, () => archive({ status: 'paused' })],
  ['unusable for want of an id', 400, () => archive({ id: undefined, sessionId: { secret: 'x' } })],
  ['unusable, being no JSON', 400, () => signed(`${BODY}!`)],
  ['unusable, being a list', 400, () => signed(`[${BODY}]`)],
  ['unusable by its type', 415, () => archive({}, { headers: { 'content-type': 'text/plain' } })],
  ['unusable by its length', 413, () => archive({ padding: 'x'.repeat(20_000) })],
  ['refused by its user agent', 401, () => archive({}, { headers: { 'user-agent': genuineToken() } })],
  ['refused by its scheme', 401, () => authorized(`Basic ${genuineToken()}`)],
  ['refused for two headers', 401, () => authorized([`Bearer ${genuineToken()}`, `Bearer ${genuineToken()}`])],
  ['refused for its length', 401, () => authorized(`Bearer ${genuineToken()}${'A'.repeat(8000)}`)],
  ['refused as malformed', 401, () => authorized(`Bearer ${genuineToken()}=`)],
  ['refused by its algorithm', 401, () => archive({}, { header: { alg: genuineToken() } })],
  ['refused by its project', 401, () => archive({}, { claims: { api_key: genuineToken() } })],
  ['refused by its unknown project', 401, () => archive({}, { claims: { api_key: '99' } })],
  ['refused by its signature', 401, () => archive({}, { secret: ATTACKER_SECRET })],
  ['refused by its issuer', 401, () => archive({}, { claims: { iss: genuineToken() } })],
  ['refused by its age', 401, () => archive({}, { claims: { iat: 1e300 } })],
  ['refused by its hash', 401, () => ({ ...signed(BODY), body: Buffer.from(JSON.stringify(PAYLOADS.broadcast)) })],
  ['of another kind', 401, () => signed(PAYLOADS.session, { secret: SECRET }), '/callbacks/session'],
  ['of a session', 204, () => signed(PAYLOADS.session, { secret: SESSION_SECRET }), '/callbacks/session'],
];

/** Strings of a JSON value that are no words of a log line. */
function textsOf(value: unknown): string[] {
  if (typeof value === 'object' && value !== null) return Object.values(value).flatMap(textsOf);
  return typeof value === 'string' && value.length > 9 ? [value] : [];
}

const HIDDEN = [
  ...ARCHIVE_SECRETS,
  SESSION_SECRET,
  ATTACKER_SECRET,
  'archive-password',
  'Lesson 7',
  '18023312',
  ...textsOf({ ...PAYLOADS, projects: undefined }),
];

describe.each(PLATFORMS)('the log on %s', (platform) => {
  useOwnLogWindows();
  const running = useApplication({
    platform,
    controllers: [SometimesFailingController],
    options: { projects: { [PROJECT]: { archive: ARCHIVE_SECRETS, session: SESSION_SECRET } }, bodyLimit: 10_000 },
  });

  describe('after everything that can happen to a callback', () => {
    const statuses: [behaviour: string, status: number][] = [];
    const tokenParts: string[] = [];

    beforeAll(async () => {
      for (const [behaviour, , request, path = '/callbacks/archive'] of EVENTS) {
        const sent = request();
        tokenParts.push(...[sent.headers['authorization'] ?? []].flat().flatMap((value) => value.split(/[ .]/)));
        statuses.push([behaviour, (await exchange(running().port, path, sent)).status]);
      }
    });

    it('has a line for each that was not simply accepted', () => {
      const { accepted, rejected, unusable, failed } = running().observed.outcomes;
      const { logs } = running();

      expect(statuses).toEqual(EVENTS.map(([behaviour, status]) => [behaviour, status]));
      expect([accepted, rejected, unusable, failed].map(({ length }) => length)).toEqual([4, 13, 5, 2]);
      expect(logs.of('warn').filter((line) => line.includes('Rejected a request'))).toHaveLength(13);
      expect(logs.of('warn').filter((line) => line.includes('accepted, but'))).toHaveLength(1);
      expect(logs.of('error').filter((line) => line.includes('it may be lost'))).toHaveLength(7);
    });

    it('holds no token, no secret and no value of a payload', () => {
      const log = running().logs.lines.join('\n');
      const signedParts = tokenParts.filter((part) => part.length > 36);

      expect(signedParts.length).toBeGreaterThan(EVENTS.length);
      expect([...HIDDEN, ...signedParts].filter((text) => log.includes(text))).toEqual([]);
    });

    it('has no line that is long', () => {
      const lengths = running()
        .logs.lines.filter((line) => line.endsWith('VideoCallbacks'))
        .map(({ length }) => length);

      expect(lengths.length).toBeGreaterThan(20);
      expect(Math.max(...lengths)).toBeLessThan(LONGEST_LINE);
    });
  });

  it('has the whole of a refusal in one line', async () => {
    await expectRefused(running(), archive({}, { claims: { api_key: '99' } }), 'project_unknown');

    expect(running().logs.lines.at(-1)).toContain(
      'warn Rejected a request to SometimesFailingController.onArchive (archive) from 127.0.0.1, project "99": ' +
        'project_unknown: no secret is configured for the project of the token',
    );
  });

  // Every other character: verification/quoted-text.spec.ts.
  it.each([
    ['a line break', 'x\nerror All is well', '\\n'],
    ['a colour', '\u001b[31mx\u001b[2J', '\\u001b[31m'],
    ['a quotation mark', 'x" accepted', 'x\\" accepted'],
    ['128 characters', 'x'.repeat(128), `${'x'.repeat(64)}…"`],
    ['the next-line character (U+0085)', 'x\u0085error All is well', 'x\\u0085'],
    ['the line separator (U+2028)', 'x\u2028error All is well', 'x\\u2028'],
    ['a right-to-left override (U+202E)', 'x\u202edetcepxe', 'x\\u202e'],
  ])('is not forged by a project whose name has %s', async (_, api_key, written) => {
    await expectRefused(running(), archive({}, { claims: { api_key } }), 'project_unknown');

    const line = running().logs.lines.at(-1) ?? '';
    expect(line).toContain(written);
    expect(line).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/);
    expect(line.length).toBeLessThan(LONGEST_LINE);
  });

  it('is not forged by the id of a token, even a genuine one', async () => {
    const token = tokenOf(HEADER_TEXT, claimsText({ jti: `\n\u001b[31m${'x'.repeat(5000)}` }));
    await exchange(running().port, '/callbacks/archive', {
      ...authorized(`Bearer ${token}`),
      headers: { ...authorized(`Bearer ${token}`).headers, 'content-type': 'text/plain' },
    });

    const line = running().logs.of('error').at(-1) ?? '';
    expect(line).toContain('is genuine but cannot be used (415)');
    expect(line).not.toMatch(/[\n\u001b]/);
    expect(line.length).toBeLessThan(LONGEST_LINE);
  });
});
