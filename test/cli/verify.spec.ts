import { describe, expect, it } from '@jest/globals';
import { PAYLOADS } from '../support/payloads.js';
import { nowInSeconds, SECRET, sha256, signed, type SignedRequest, type SigningOptions } from '../support/signer.js';
import { VECTOR } from '../verification/vector.js';
import { chunked } from '../support/connection.js';
import { curlCapture, har, harEntry, rawCapture } from './support/captures.js';
import { type EndedCommand, runCommand } from './support/run-command.js';
import { useTemporaryFiles } from './support/temporary-files.js';

const ENV = { ARCHIVE_SIGNATURE_SECRET: SECRET };
const OTHER = 'the-secret-of-the-session-kind!!';

interface Report {
  readonly passed: boolean;
  readonly remarks: readonly string[];
  readonly checks: readonly {
    readonly id: string;
    readonly outcome: string;
    readonly detail: string;
    readonly explanation?: string;
  }[];
}

/** The checks that did not pass, and why. */
function problems({ stdout }: EndedCommand): Record<string, string> {
  const { checks } = JSON.parse(stdout) as Report;
  const open = checks.filter(({ outcome }) => outcome !== 'passed');
  return Object.fromEntries(
    open.map(({ id, outcome, detail, explanation }) => [
      id,
      `${outcome}: ${detail}${explanation === undefined ? '' : ` | ${explanation}`}`,
    ]),
  );
}

describe('verify', () => {
  const file = useTemporaryFiles();
  const verify = async (capture: string | Buffer, options: readonly string[] = [], env: Record<string, string> = ENV) =>
    runCommand(['verify', await file('capture', capture), '--json', ...options], { env });
  const verifySigned = (options: SigningOptions, payload: unknown = PAYLOADS.archive) =>
    verify(rawCapture(signed(payload, options)));
  const vector: SignedRequest = { headers: { ...VECTOR.headers }, body: Buffer.from(VECTOR.body) };

  describe('reads a captured request:', () => {
    const genuine = signed(PAYLOADS.archive);
    const crlf = { ...genuine, headers: { ...genuine.headers, 'content-length': String(genuine.body.length) } };

    it.each<[title: string, capture: string | Buffer]>([
      ['raw HTTP', rawCapture(genuine)],
      ['raw HTTP with line ends of LF', rawCapture(genuine, '\n')],
      ['raw HTTP with a line end after Content-Length', Buffer.concat([rawCapture(crlf), Buffer.from('\n')])],
      [
        'raw HTTP with a chunked body',
        rawCapture({
          headers: { ...genuine.headers, 'Transfer-Encoding': 'chunked' },
          body: chunked(genuine.body, 100),
        }),
      ],
      [
        'raw HTTP with a body that was chunked',
        rawCapture({ ...genuine, headers: { ...genuine.headers, 'transfer-encoding': 'chunked' } }),
      ],
      [
        'a HAR file, its first POST with a token',
        har({}, harEntry({ ...genuine, headers: {} }, ''), harEntry(genuine, '', 'GET'), harEntry(genuine, '')),
      ],
      ['a HAR file with a byte order mark', `\uFEFF${har(harEntry(genuine, '2026-01-31T12:00:00Z'))}`],
    ])('%s', async (_, capture) => {
      const ended = await verify(capture);
      expect(problems(ended)).toEqual({});
      expect(ended).toMatchObject({ code: 0, stderr: '' });
    });

    const UTF16 = {
      'UTF-16 LE': (text: string) => Buffer.from(text, 'utf16le'),
      'UTF-16 BE': (text: string) => Buffer.from(text, 'utf16le').swap16(),
      'UTF-8': (text: string) => Buffer.from(text),
    };
    // As PowerShell's > writes what a program prints.
    const captures = {
      'raw HTTP': rawCapture(crlf).toString(),
      'raw HTTP that ends with a line end': `${rawCapture(crlf).toString()}\r\n`,
      'a HAR file': har(harEntry(genuine, '')),
      'the output of curl -v': curlCapture(genuine).replaceAll('\n', '\r\n'),
    };

    it.each(
      Object.entries(UTF16).flatMap(([encoding, encode]) =>
        Object.entries(captures).flatMap(([title, text]) => [
          [`${title} in ${encoding} with a byte order mark`, encode(`\uFEFF${text}`)] as const,
          [`${title} in ${encoding}`, encode(text)] as const,
        ]),
      ),
    )('%s', async (_, capture) => {
      const body = await file('body.json', genuine.body);
      const ended = await verify(capture, ['--body', body]);
      expect(problems(ended)).toEqual({});
      expect(ended).toMatchObject({ code: 0, stderr: '' });
    });

    it('raw HTTP in UTF-16 with its body, and remarks that it is', async () => {
      const ended = await verify(UTF16['UTF-16 LE'](`\uFEFF${captures['raw HTTP that ends with a line end']}`));
      expect(problems(ended)).toEqual({});
      expect((JSON.parse(ended.stdout) as Report).remarks).toEqual([
        'the capture is in UTF-16, as PowerShell writes it: characters other than ASCII may have changed',
        '2 bytes after Content-Length are left out',
      ]);
    });

    it('the output of curl -v, whose body is in a file of its own', async () => {
      const body = await file('body.json', genuine.body);
      expect(await verify(curlCapture(genuine), ['--body', body])).toMatchObject({ code: 0 });
      const without = await verify(curlCapture(genuine));
      expect(problems(without)).toEqual({ payload_hash: 'not_checked: the body is not known' });
      expect(without).toMatchObject({
        code: 0,
        stdout: expect.stringContaining('name the file that holds it with --body'),
      });
    });

    it('the output of curl -v in which a redirect was followed', async () => {
      const first = curlCapture({ ...genuine, headers: {} });
      expect(problems(await verify(first + curlCapture(genuine)))).not.toHaveProperty('authorization');
    });

    it('any entry of a HAR file, from 1', async () => {
      const other = signed(PAYLOADS.archive, { secret: OTHER });
      const capture = har(harEntry(genuine, ''), harEntry(other, ''));
      expect(await verify(capture, ['--entry', '1'])).toMatchObject({ code: 0 });
      expect(problems(await verify(capture, ['--entry', '2']))).toHaveProperty('signature');
    });

    it('with spaces and tabs around the values of its headers', async () => {
      const headers: Record<string, string> = {};
      for (const [name, value] of Object.entries(genuine.headers)) headers[name] = `\t ${value} \t`;
      expect(await verify(rawCapture({ ...genuine, headers }))).toMatchObject({ code: 0 });
    });

    it('a HAR file whose body is in Base64', async () => {
      const entry = harEntry(genuine, '') as { request: { postData: object } };
      entry.request.postData = { text: genuine.body.toString('base64'), encoding: 'base64' };
      expect(await verify(har(entry))).toMatchObject({ code: 0 });
    });

    it('that lacks a part of the body', async () => {
      const ended = await verify(rawCapture({ ...crlf, body: crlf.body.subarray(0, -3) }));
      expect((JSON.parse(ended.stdout) as Report).remarks).toEqual([
        '3 bytes of Content-Length are missing from the capture',
      ]);
      expect(problems(ended)['payload_hash']).toContain('not even JSON');
    });
  });

  describe('takes the bytes of --body as they are, and says what became of them:', () => {
    const genuine = signed(PAYLOADS.archive);
    const text = genuine.body.toString();

    it.each([
      ['a byte order mark', Buffer.from(`\uFEFF${text}`), 'a byte order mark was put in front of the body'],
      ['UTF-16', Buffer.from(`\uFEFF${text}`, 'utf16le'), 'the body was written in UTF-16; in UTF-8 it is as signed'],
      [
        'UTF-16 and a line end',
        Buffer.from(`\uFEFF${text}\r\n`, 'utf16le'),
        'the body was written in UTF-16; in UTF-8: line ends were added to or removed from the end of the body',
      ],
    ])('%s', async (_, bytes, explanation) => {
      const body = await file('body.json', bytes);
      expect(problems(await verify(curlCapture(genuine), ['--body', body]))['payload_hash']).toContain(explanation);
    });
  });

  describe('finds', () => {
    it.each<[title: string, options: SigningOptions, problem: Readonly<Record<string, RegExp>>]>([
      ['another issuer', { claims: { iss: 'Vonnage' } }, { issuer: /^failed: the issuer \(iss\) is not "Vonage"/ }],
      [
        'a missing time of issue',
        { claims: { iat: undefined } },
        { issued_at: /^failed: the time of issue \(iat\) is missing/ },
      ],
      ['a token from the future', { claims: { iat: nowInSeconds() + 3600 } }, { issued_at: /in the future/ }],
      ['an old token', { claims: { iat: nowInSeconds() - 100_000 } }, { issued_at: /100\d\d\d s old at .*use --at/ }],
      ['an expired token', { claims: { exp: 1 } }, { expiry: /expired/ }],
      ['a token of tomorrow', { claims: { nbf: nowInSeconds() + 86_400 } }, { not_before: /not valid yet/ }],
      ['a missing id', { claims: { jti: '' } }, { token_id: /jti/ }],
      [
        'a missing hash',
        { claims: { payload_hash: undefined } },
        { payload_hash_claimed: /missing/, payload_hash: /not_checked/ },
      ],
      [
        'a missing project',
        { claims: { api_key: undefined } },
        { project: /names no project/, signature: /not_checked/ },
      ],
      ['an extension', { header: { crit: ['b64'] } }, { critical_header: /crit/, signature: /not_checked/ }],
      ['another algorithm', { header: { alg: 'HS512' } }, { algorithm: /"HS512"/, signature: /not_checked/ }],
      ['another User-Agent', { headers: { 'user-agent': 'curl/8.0' } }, { user_agent: /"curl\/8.0", not that of/ }],
      [
        'no token',
        { headers: { authorization: undefined } },
        { authorization: /no Auth/, token_form: /not_checked/, signature: /not_checked/, payload_hash: /not_ch/ },
      ],
      [
        'a token that is none',
        { headers: { authorization: 'Bearer a.b' } },
        { token_form: /three parts/, signature: /not_checked/, payload_hash: /not_checked/ },
      ],
    ])('%s', async (_, options, expected) => {
      const ended = await verifySigned(options);
      const found = problems(ended);
      expect(ended.code).toBe(1);
      expect(Object.keys(found).sort()).toEqual(Object.keys(expected).sort());
      for (const [id, pattern] of Object.entries(expected)) expect(found[id]).toMatch(pattern);
    });

    it('everything that is wrong at once, and goes on to the end', async () => {
      const request = signed(PAYLOADS.archive, { secret: OTHER, claims: { iss: 'x', iat: 1, jti: 7, api_key: [] } });
      const raw = rawCapture({ ...request, body: Buffer.from('{}') })
        .toString('latin1')
        .replace('POST', 'PUT')
        .replace('Vonage/', '');
      const ended = await verify(raw);
      expect(Object.keys(problems(ended))).toEqual([
        'method',
        'user_agent',
        'project',
        'signature',
        'issuer',
        'issued_at',
        'token_id',
        'payload_hash',
      ]);
      expect(ended.code).toBe(1);
    });

    it('a project that is not the expected one', async () => {
      const capture = rawCapture(signed(PAYLOADS.archive));
      expect(problems(await verify(capture, ['--api-key', '87654321']))['project']).toContain(
        'api_key 12345678: not yours, which is 87654321',
      );
      expect(await verify(capture, [], { ...ENV, VIDEO_API_KEY: '12345678' })).toMatchObject({ code: 0 });
    });

    it('a project that is not a string, where no project is expected', async () => {
      const ended = await verifySigned({ claims: { api_key: [1] } });
      expect(problems(ended)).toMatchObject({
        project: 'failed: api_key (object): the token names no project (application_id, api_key)',
        signature: expect.stringContaining('secret of a project that the token names is known'),
      });
    });

    it('a project that is not a string, whatever it is', async () => {
      const { code, stdout } = await verifySigned({ claims: { api_key: { toString: 1 } } });

      expect(code).toBe(1);
      expect(stdout).toContain('"api_key (object)');
    });

    it('two Authorization headers', async () => {
      const [head, body] = rawCapture(signed(PAYLOADS.archive)).toString('latin1').split('\r\n\r\n');
      const ended = await verify(`${head ?? ''}\r\nauthorization: Bearer x\r\n\r\n${body ?? ''}`);
      expect(problems(ended)['authorization']).toContain('more than one Authorization header');
    });
  });

  it('says what became of a body that was re-serialised', async () => {
    const request = signed(PAYLOADS.archive);
    const pretty = Buffer.from(JSON.stringify(PAYLOADS.archive, null, 2));
    const ended = await runCommand(['verify', '-'], { stdin: rawCapture({ ...request, body: pretty }), env: {} });
    expect(ended.code).toBe(1);
    expect(ended.stdout).toContain(sha256(request.body));
    expect(ended.stdout).toContain(
      `${pretty.length} bytes, SHA-256 ${sha256(pretty)}, which is not the one that was signed\n` +
        `    the body was re-serialised: it has ${pretty.length - request.body.length} bytes more than the signed one\n`,
    );
    expect(ended.stdout).toMatch(/\nFailed: payload hash\. Not checked: signature\.\n$/);
  });

  describe('the signature', () => {
    const capture = rawCapture(signed(PAYLOADS.archive));

    it('is not checked without a secret, which is said', async () => {
      const ended = await verify(capture, [], {});
      expect(problems(ended)).toEqual({ signature: 'not_checked: no secret is set: see the variables in --help' });
      expect(ended.code).toBe(3);
      const text = await runCommand(['verify', await file('capture', capture)]);
      expect(text.stdout).toContain('\nNothing is wrong. Not checked: signature.\n');
    });

    it.each([
      [
        'none of the secrets',
        { ARCHIVE_SIGNATURE_SECRET: OTHER },
        'made with none of: secret 1 of ARCHIVE_SIGNATURE_SECRET',
      ],
      [
        'a secret of another kind',
        { ARCHIVE_SIGNATURE_SECRET: OTHER, SIP_SIGNATURE_SECRET: SECRET },
        'made with secret 1 of SIP_SIGNATURE_SECRET: the webhook of another kind',
      ],
      [
        'a secret with white space',
        { ARCHIVE_SIGNATURE_SECRET: ` ${SECRET}\t` },
        'matches without the white space around it',
      ],
      [
        'a secret in quotes',
        { ARCHIVE_SIGNATURE_SECRET: `"${SECRET}"` },
        'matches without the quotation marks around it',
      ],
    ])('of %s is explained', async (_, env, explanation) => {
      const ended = await verify(capture, ['--kind', 'archive'], env);
      expect(problems(ended)['signature']).toContain(explanation);
      expect(ended.code).toBe(1);
    });

    it('names the secret of a rotation that made it', async () => {
      const env = { VIDEO_SIGNATURE_SECRET: `${OTHER}\n${SECRET}` };
      const ended = await runCommand(['verify', await file('capture', capture), '--kind', 'archive'], { env });
      expect(ended).toMatchObject({ code: 0, stderr: '' });
      expect(ended.stdout).toMatch(/✓ signature +made with secret 2 of VIDEO_SIGNATURE_SECRET\n/);
      expect(ended.stdout).toMatch(/\nGenuine and intact\.\n$/);
    });
  });

  describe('the test vector of the protocol', () => {
    const env = { SESSION_SIGNATURE_SECRET: VECTOR.secret };

    it('is too old today, and the way to judge the past is shown', async () => {
      const ended = await verify(har(harEntry(vector, '2023-11-14T22:13:22.000Z')), [], env);
      expect(ended.code).toBe(1);
      expect(problems(ended)['issued_at']).toMatch(
        /failed: issued 2023-11-14T22:13:20\.000Z, \d+ s old .* \| when captured it was 2 s old: check that time with --at 2023-11-14T22:13:22\.000Z$/,
      );
      expect(Object.keys(problems(ended))).toEqual(['issued_at']);
    });

    it('was genuine and intact at its time', async () => {
      const ended = await verify(rawCapture(vector), ['--at', '2023-11-14T22:13:25Z', '--kind', 'session'], env);
      expect(ended).toMatchObject({ code: 0, stderr: '' });
      const { checks } = JSON.parse(ended.stdout) as Report;
      const details = Object.fromEntries(checks.map(({ id, detail }) => [id, detail]));
      expect(details).toMatchObject({
        project: 'api_key 12345678',
        signature: 'made with secret 1 of SESSION_SIGNATURE_SECRET',
        issued_at: expect.stringContaining('5 s old at 2023-11-14T22:13:25.000Z'),
        token_id: VECTOR.claims.jti,
        payload_hash_claimed: VECTOR.bodyHash,
        payload_hash: `${vector.body.length} bytes, SHA-256 ${VECTOR.bodyHash}, as signed`,
      });
    });

    it('may be any age that is allowed', async () => {
      const options = ['--at', '2023-11-16T22:13:20+00:00', '--max-age', '172800'];
      expect(await verify(rawCapture(vector), options, env)).toMatchObject({ code: 0 });
      expect(await verify(rawCapture(vector), options.slice(0, 2), env)).toMatchObject({ code: 1 });
    });
  });
});
