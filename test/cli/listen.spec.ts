import { Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { run } from '../../lib/cli/program.js';
import { VIDEO_CALLBACK_KINDS } from '../../lib/index.js';
import { type Answer, post } from '../support/application.js';
import { PAYLOADS } from '../support/payloads.js';
import { Connection } from '../support/connection.js';
import { exchange } from '../support/raw-http.js';
import { SECRET, signed, type SignedRequest } from '../support/signer.js';
import { type CommandSetup, RunningCommand } from './support/run-command.js';

const OTHER = 'the-secret-of-the-session-kind!!';
const ENV = { VIDEO_SIGNATURE_SECRET: SECRET, SESSION_SIGNATURE_SECRET: OTHER };

/** Characters of each kind that a terminal may act upon, or not show, and that JSON may hold as they are. */
const UNSAFE = [
  ...['\u007f', '\u0080', '\u009b', '\u009f', '\u00ad', '\u061c', '\u200b', '\u200f', '\u2028', '\u2029', '\u202a'],
  ...['\u202e', '\u2066', '\u2069', '\u206f', '\ufeff', '\ufff9', '\ud800', '\udfff', '\u{e0001}', '\u{1d173}'],
];

class Listener {
  private constructor(
    readonly command: RunningCommand,
    readonly url: string,
  ) {}

  static async start(options: readonly string[] = [], setup: CommandSetup = { env: ENV }): Promise<Listener> {
    const command = new RunningCommand(['listen', '--port', '0', ...options], setup);
    const [, url = ''] = await command.printed(/(http:\/\/[^\s"]+)/);
    return new Listener(command, url);
  }

  post(path: string, request: SignedRequest): Promise<Answer> {
    return post(this.url + path, request);
  }

  /** Ends it and returns the lines after the first. */
  async lines(): Promise<string[]> {
    this.command.interrupt();
    const { code, stdout, stderr } = await this.command.ended();
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    return stdout.trimEnd().split('\n').slice(1);
  }

  async documents(): Promise<Record<string, unknown>[]> {
    return (await this.lines()).map((line) => JSON.parse(line) as Record<string, unknown>);
  }
}

describe('listen', () => {
  it('accepts genuine callbacks of every kind and prints a line for each', async () => {
    const listener = await Listener.start();
    for (const kind of VIDEO_CALLBACK_KINDS) {
      const request = signed(PAYLOADS[kind], { secret: kind === 'session' ? OTHER : SECRET });
      expect(await listener.post('/', request)).toMatchObject({ status: 204, text: '' });
    }
    const lines = await listener.lines();
    expect(lines.map((line) => line.slice(10))).toEqual([
      expect.stringMatching(/^✓ 204 {2}session\/connectionCreated {2}12345678 {2}genuine \(\d+ bytes\)$/),
      expect.stringMatching(/^✓ 204 {2}archive\/available/),
      expect.stringMatching(/^✓ 204 {2}sip\/callUpdated/),
      expect.stringMatching(/^✓ 204 {2}experienceComposer\/started/),
      expect.stringMatching(/^✓ 204 {2}broadcast\/started/),
      expect.stringMatching(/^✓ 204 {2}captions\/started/),
    ]);
    expect(lines[0]).toMatch(/^\d\d:\d\d:\d\d /);
  });

  it('takes the kind from the path, or from the secret', async () => {
    const listener = await Listener.start(['--json']);
    const request = signed(PAYLOADS.session, { secret: SECRET });
    for (const path of ['/archive', '/video/archives/', '/experience-composers?x=y', '/', '/session']) {
      await listener.post(path, request);
    }
    const documents = await listener.documents();
    expect(documents.map(({ kind, status }) => [kind, status])).toEqual([
      ['archive', 400],
      ['archive', 400],
      ['experienceComposer', 400],
      ['archive', 400],
      [undefined, 401],
    ]);
  });

  it('refuses what is not genuine, with the reason, and without a trace of what it says', async () => {
    const listener = await Listener.start();
    const genuine = signed(PAYLOADS.archive);
    const requests: SignedRequest[] = [
      signed(PAYLOADS.archive, { headers: { authorization: undefined } }),
      signed(PAYLOADS.archive, { secret: 'another' }),
      signed(PAYLOADS.archive, { claims: { iat: 1 } }),
      { ...genuine, body: Buffer.from('{"password":"changed"}') },
      signed(PAYLOADS.archive, { headers: { 'user-agent': 'x' } }),
    ];
    for (const request of requests)
      expect(await listener.post('/archive?token=whisper', request)).toMatchObject({ status: 401 });
    const lines = await listener.lines();
    const reasons = lines.map((line) => /✗ 401 {2}POST \/archive {2}refused (\w+): /.exec(line)?.[1]);
    expect(reasons).toEqual([
      'authorization_missing',
      'signature_mismatch',
      'token_too_old',
      'payload_hash_mismatch',
      'user_agent_mismatch',
    ]);
    expect(lines.join()).not.toMatch(/changed|whisper/);
  });

  it('refuses two Authorization headers, other methods and bodies that are too large or of no use', async () => {
    const listener = await Listener.start(['--json']);
    const genuine = signed(PAYLOADS.archive);
    const port = Number(new URL(listener.url).port);
    const authorization = [genuine.headers['authorization'] ?? '', 'Bearer x'];
    expect((await exchange(port, '/', { ...genuine, headers: { ...genuine.headers, authorization } })).status).toBe(
      401,
    );
    expect((await fetch(listener.url)).status).toBe(405);
    expect(await listener.post('/', signed(' '.repeat(1024 * 1024 + 1)))).toMatchObject({ status: 413 });
    expect(await listener.post('/archive', signed('[]'))).toMatchObject({ status: 400 });
    expect(await listener.post('/archive', signed({ id: 'x' }))).toMatchObject({ status: 400 });
    expect(await listener.post('/archive', signed(PAYLOADS.broadcast))).toMatchObject({ status: 400 });
    expect((await listener.documents()).map(({ reason, violations }) => [reason, violations])).toEqual([
      ['authorization_repeated', undefined],
      ['method_not_allowed', undefined],
      ['body_too_large', [{ path: '', message: 'the body is larger than bodyLimit' }]],
      ['payload_unusable', [{ path: '', message: 'the body is not a JSON object' }]],
      ['payload_unusable', expect.arrayContaining([expect.objectContaining({ path: 'status' })])],
      ['payload_unusable', [{ path: '', message: expect.stringContaining('looks like a broadcast callback') }]],
    ]);
  });

  it('prints payloads if asked to, without the passwords of archives', async () => {
    const listener = await Listener.start(['--body', '--kind', 'archive']);
    await listener.post('/', signed({ ...PAYLOADS.archive, name: 'a\u001b[31m\u202e\nb' }));
    await listener.post('/', signed(PAYLOADS.archive, { secret: OTHER }));
    const text = (await listener.lines()).join('\n');
    expect(text).toContain('\n            "status": "available",\n');
    expect(text).toContain('"password": "***"');
    expect(text).not.toMatch(/archive-password|\u001b|\u202e/);
    expect(text.match(/"status"/g)).toHaveLength(1);
  });

  it('prints whole JSON documents if asked to', async () => {
    const listener = await Listener.start(['--json']);
    const { headers, body } = signed(PAYLOADS.archive, { claims: { jti: 'the-id' } });
    await listener.post('/video/archives?x=1', { headers, body });
    const [document] = await listener.documents();
    expect(document).toMatchObject({
      time: expect.stringMatching(/^\d{4}-.*Z$/),
      status: 204,
      path: '/video/archives',
      bytes: body.length,
      kind: 'archive',
      event: 'available',
      project: '12345678',
      secretPosition: 1,
      claims: { jti: 'the-id' },
      body: PAYLOADS.archive,
    });
  });

  it.each([
    ['JSON', ['--json']],
    ['text', ['--body']],
  ])('prints nothing that a terminal acts upon, as %s', async (_, options) => {
    const listener = await Listener.start(options);
    const hostile = `x${UNSAFE.join('x')}x`;
    const body = { ...PAYLOADS.archive, name: hostile, [hostile]: hostile, status: `available${hostile}` };
    await listener.post('/archive', signed(body, { claims: { jti: hostile, [hostile]: hostile } }));
    const lines = await listener.lines();
    expect(UNSAFE.filter((character) => lines.join('').includes(character))).toEqual([]);
    if (options.includes('--json')) {
      expect(lines).toHaveLength(1);
      expect(JSON.parse(lines.join(''))).toMatchObject({
        status: 204,
        body,
        claims: { jti: hostile, [hostile]: hostile },
      });
    }
  });

  it.each<readonly [string, readonly string[], unknown, number]>([
    ['an unknown field, as JSON', ['--json'], { ...PAYLOADS.archive, unknown: 'DEEP' }, 204],
    ['an unknown field, as text', ['--body'], { ...PAYLOADS.archive, unknown: 'DEEP' }, 204],
    ['an optional field', ['--json'], { ...PAYLOADS.archive, name: 'DEEP' }, 204],
    ['a required field', ['--json'], { ...PAYLOADS.archive, status: 'DEEP' }, 400],
    ['the whole body', ['--json'], 'DEEP', 400],
  ])('answers and prints a callback that is too deep to be printed: %s', async (_, options, payload, status) => {
    const listener = await Listener.start(options);
    const deep = '['.repeat(100_000) + ']'.repeat(100_000);
    const hanging = new Promise((resolve) => setTimeout(resolve, 5000).unref());
    const request = signed(JSON.stringify(payload).replace('"DEEP"', deep));
    const answer = await Promise.race([listener.post('/archive', request), hanging]);
    const lines = await listener.lines();
    expect(answer).toMatchObject({ status });
    expect(lines[0]).toContain(String(status));
    expect(lines.join('\n')).toContain('nested more than 100 levels deep');
  });

  it('accepts one project with --api-key, and any User-Agent with --any-user-agent', async () => {
    const listener = await Listener.start(['--api-key', '87654321', '--any-user-agent']);
    const request = (project: string) =>
      signed(PAYLOADS.archive, { claims: { api_key: project }, headers: { 'user-agent': 'x' } });
    expect(await listener.post('/', request('12345678'))).toMatchObject({ status: 401 });
    expect(await listener.post('/', request('87654321'))).toMatchObject({ status: 204 });
    expect((await listener.lines())[0]).toContain(
      'refused project_unknown: the token names "12345678", which is not that of --api-key or --application-id',
    );
  });

  it('accepts one application alone with --application-id', async () => {
    const listener = await Listener.start(['--application-id', 'an-application']);
    const request = (claims: object) => signed(PAYLOADS.archive, { claims: { api_key: undefined, ...claims } });
    expect(await listener.post('/', request({ application_id: 'another' }))).toMatchObject({ status: 401 });
    expect(await listener.post('/', request({ application_id: 'an-application' }))).toMatchObject({ status: 204 });
    expect((await listener.lines())[0]).toContain('refused project_unknown: the token names "another"');
  });

  it('says when the secret of another kind matches', async () => {
    const listener = await Listener.start();
    await listener.post('/archive', signed(PAYLOADS.archive, { secret: OTHER }));
    await listener.post('/archive', signed(PAYLOADS.archive, { secret: 'another' }));
    const [first, second] = await listener.lines();
    expect(first).toContain(
      'made this signature; it was made with secret 1 of SESSION_SIGNATURE_SECRET: the webhook of',
    );
    expect(second).toMatch(/made this signature \(\d+ bytes\)$/);
  });

  it('prints no more of a large payload than a person reads', async () => {
    const listener = await Listener.start(['--body']);
    const nested = `${'['.repeat(90)}${'0,'.repeat(400_000)}0${']'.repeat(90)}`;
    await listener.post('/archive', signed(JSON.stringify({ ...PAYLOADS.archive, x: 'X' }).replace('"X"', nested)));
    const lines = await listener.lines();
    expect(lines.join('\n').length).toBeLessThan(70_000);
    expect(lines.at(-1)).toMatch(/… and \d+ characters more: --json prints all of it$/);
  });

  it('answers every path and method', async () => {
    const listener = await Listener.start();
    expect((await fetch(`${listener.url}/%E0%A4%A?token=whisper`, { method: 'DELETE' })).status).toBe(405);
    const [line] = await listener.lines();
    expect(line).toMatch(/ {2}✗ 405 {2}DELETE \/%E0%A4%A {2}refused method_not_allowed: callbacks are sent with POST$/);
  });

  it('accepts both secrets of a rotation', async () => {
    const listener = await Listener.start(['--secret-stdin', '--json'], { stdin: `${OTHER}\n${SECRET}\n` });
    expect(await listener.post('/', signed(PAYLOADS.archive))).toMatchObject({ status: 204 });
    expect(await listener.documents()).toMatchObject([{ secretPosition: 2 }]);
  });

  it('reports nothing of a client that hangs up', async () => {
    const listener = await Listener.start();
    const { headers, body } = signed(PAYLOADS.archive);
    const connection = await Connection.open(Number(new URL(listener.url).port));
    const lines = Object.entries({ ...headers, host: 'localhost', 'content-length': String(body.length) });
    connection.write(`POST / HTTP/1.1\r\n${lines.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n{`);
    await new Promise((resolve) => setTimeout(resolve, 50));
    connection.abort();
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(await listener.lines()).toEqual([]);
  });

  it('does not wait for connections when it ends', async () => {
    const listener = await Listener.start();
    const connection = await Connection.open(Number(new URL(listener.url).port));
    connection.write('POST / HTTP/1.1\r\nhost: localhost\r\n');
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(await listener.lines()).toEqual([]);
    expect(await connection.closedWithin(1000)).toBe(true);
  });
});

describe('a listener that waits for its secret', () => {
  it('can be interrupted', async () => {
    const command = new RunningCommand(['listen', '--secret-stdin'], {
      stdin: new Readable({ read: () => undefined }),
    });
    command.interrupt();
    expect(await command.ended()).toEqual({ code: 1, stdout: '', stderr: 'video-callbacks: interrupted\n' });
  });
});

describe('two listeners', () => {
  let first: Listener;
  beforeAll(async () => {
    first = await Listener.start();
  });
  afterAll(() => first.lines());

  it('cannot share a port', async () => {
    const command = new RunningCommand(['listen', '--port', new URL(first.url).port], { env: ENV });
    expect(await command.ended()).toEqual({
      code: 2,
      stdout: '',
      stderr: `video-callbacks: cannot listen on ${new URL(first.url).host}: EADDRINUSE\n`,
    });
  });
});

describe('a listener whose output fails', () => {
  it('answers, and passes the failure on', async () => {
    const interruption = new AbortController();
    let failure: Promise<string> = Promise.resolve('');
    let end: Promise<number> = Promise.resolve(0);
    const url = await new Promise<string>((listening) => {
      failure = new Promise((failed) => {
        const write = (text: string): void => {
          if (!text.startsWith('Listening')) throw new RangeError('no output');
          listening(/http:\S+/.exec(text)?.[0] ?? '');
        };
        end = run(['listen', '--port', '0'], {
          env: { VIDEO_SIGNATURE_SECRET: SECRET },
          stdin: Readable.from([]),
          stdout: { write },
          stderr: { write: failed },
          signal: interruption.signal,
        });
      });
    });
    expect(await post(`${url}/archive`, signed(PAYLOADS.archive))).toMatchObject({ status: 204 });
    expect(await failure).toBe('video-callbacks: a request could not be reported: RangeError\n');
    interruption.abort();
    expect(await end).toBe(0);
  });
});
