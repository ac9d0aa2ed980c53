import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { PAYLOADS } from '../support/payloads.js';
import { signed } from '../support/signer.js';
import { rawCapture } from './support/captures.js';
import { type PlainEndpoint, startEndpoint } from './support/endpoint.js';
import { type CommandSetup, errorLine, runCommand, RunningCommand } from './support/run-command.js';
import { useTemporaryFiles } from './support/temporary-files.js';

const SECRET = 'the-secret-that-nobody-must-see!';
const OTHER = 'another-secret-for-nobody-s-eyes';

describe('a secret', () => {
  const file = useTemporaryFiles();
  let endpoint: PlainEndpoint;
  beforeAll(async () => {
    endpoint = await startEndpoint();
  });
  afterAll(() => endpoint.close());

  const send = (setup: CommandSetup, ...options: readonly string[]) =>
    runCommand(['send', endpoint.url, '--kind', 'archive', '--event', 'started', '--api-key', '1', ...options], setup);

  it.each(['--secret', `--secret=${SECRET}`, '--signature-secret', `--archive-secret=${SECRET}`, '--SECRET'])(
    'is refused on the command line: %s',
    async (option) => {
      const ended = await send({ env: { VIDEO_SIGNATURE_SECRET: SECRET } }, option, SECRET);
      expect(errorLine(ended)).toContain('is refused: every user of this machine can read command lines');
      expect(errorLine(ended)).not.toContain(SECRET);
      expect(ended.code).toBe(2);
    },
  );

  it('is not repeated where it is given in a wrong place', async () => {
    for (const argv of [
      [SECRET],
      ['send', endpoint.url, SECRET],
      ['listen', SECRET],
      ['send', endpoint.url, '--json', SECRET],
    ]) {
      const ended = await runCommand(argv);
      expect(ended.code).toBe(2);
      expect(errorLine(ended)).not.toContain(SECRET);
    }
  });

  it.each([
    ['empty', '', 'ARCHIVE_SIGNATURE_SECRET is empty: a signature secret has 1 to 50 characters'],
    ['too long', SECRET.repeat(2), 'ARCHIVE_SIGNATURE_SECRET has 64 characters: Vonage takes at most 50'],
    ['empty in the middle', `${SECRET}\n\n${OTHER}`, 'line 2 of ARCHIVE_SIGNATURE_SECRET is empty'],
  ])('that is %s gives one line without it', async (_, secret, message) => {
    const ended = await send({ env: { ARCHIVE_SIGNATURE_SECRET: secret } });
    expect(errorLine(ended)).toContain(message);
    expect(errorLine(ended)).not.toContain(SECRET);
    expect(ended.code).toBe(2);
    expect(await send({ stdin: secret }, '--secret-stdin')).toMatchObject({ code: 2 });
  });

  it('may have 50 characters, also where each takes two places in a string', async () => {
    expect(await send({ env: { ARCHIVE_SIGNATURE_SECRET: '\u{1f600}'.repeat(50) } })).toMatchObject({ code: 0 });
    const ended = await send({ env: { ARCHIVE_SIGNATURE_SECRET: '\u{1f600}'.repeat(51) } });
    expect(errorLine(ended)).toContain('ARCHIVE_SIGNATURE_SECRET has 51 characters: Vonage takes at most 50');
  });

  it('that is missing is asked for by the name of its variable', async () => {
    expect(errorLine(await send({}))).toContain(
      'no signature secret for archive: set ARCHIVE_SIGNATURE_SECRET or VIDEO_SIGNATURE_SECRET, or use --secret-stdin',
    );
    expect(errorLine(await runCommand(['listen', '--kind', 'sip']))).toContain('set SIP_SIGNATURE_SECRET or');
  });

  it('may be the first of several, of the kind or of all kinds, or come from standard input', async () => {
    const capture = async (setup: CommandSetup, ...options: readonly string[]) => {
      expect(await send(setup, ...options)).toMatchObject({ code: 0 });
      const { authorization = '' } = endpoint.seen.at(-1)?.request.headers ?? {};
      const headers = { authorization, 'user-agent': 'Vonage/Callback/v1.0' };
      return file('sent.txt', rawCapture({ headers, body: endpoint.seen.at(-1)?.body ?? Buffer.alloc(0) }));
    };
    const verify = async (path: string) =>
      (await runCommand(['verify', path], { env: { ARCHIVE_SIGNATURE_SECRET: `${OTHER}\r\n${SECRET}` } })).stdout;

    const own = { ARCHIVE_SIGNATURE_SECRET: SECRET, VIDEO_SIGNATURE_SECRET: OTHER };
    expect(await verify(await capture({ env: own }))).toContain('made with secret 2 of ARCHIVE_SIGNATURE_SECRET');
    const rotated = { VIDEO_SIGNATURE_SECRET: `${OTHER}\n${SECRET}` };
    expect(await verify(await capture({ env: rotated }))).toContain('made with secret 1 of ARCHIVE_SIGNATURE_SECRET');
    const stdin = `${SECRET}\r\n`;
    expect(await verify(await capture({ stdin }, '--secret-stdin'))).toContain('made with secret 2 of');
  });

  it.each([
    ['a byte order mark', Buffer.from(`\uFEFF${SECRET}\r\n`)],
    ['UTF-16', Buffer.from(`\uFEFF${SECRET}\r\n`, 'utf16le')],
    ['a carriage return at its end', Buffer.from(`${SECRET}\r`)],
  ])('may come from standard input with %s, as PowerShell writes it', async (_, stdin) => {
    const path = await file('request.txt', rawCapture(signed(PAYLOADS.archive, { secret: SECRET })));
    expect(await runCommand(['verify', path, '--secret-stdin'], { stdin })).toMatchObject({ code: 0 });
  });

  it.each([
    ['a byte order mark', `\uFEFF${SECRET}`, 'ARCHIVE_SIGNATURE_SECRET begins with a byte order mark'],
    ['a carriage return at its end', `${SECRET}\r`, 'line 2 of ARCHIVE_SIGNATURE_SECRET is empty'],
    ['a line end', `${SECRET}\r\n`, 'line 2 of ARCHIVE_SIGNATURE_SECRET is empty'],
  ])('is refused with %s, because the application would use it as it is', async (_, secret, message) => {
    const ended = await send({ env: { ARCHIVE_SIGNATURE_SECRET: secret } });
    expect(errorLine(ended)).toContain(message);
    expect(errorLine(ended)).not.toContain(SECRET);
    expect(ended.code).toBe(2);
  });

  it.each([
    ['UTF-8', (text: string) => Buffer.from(text)],
    ['UTF-16', (text: string) => Buffer.from(`\uFEFF${text}`, 'utf16le')],
  ])('may be in a file of variables in %s, which the environment overrides', async (_, encode) => {
    const path = await file('.env', encode(`# webhooks\nARCHIVE_SIGNATURE_SECRET="${OTHER}\\n${SECRET}"\n`));
    const capture = await file('request.txt', rawCapture(signed(PAYLOADS.archive, { secret: SECRET })));
    const verify = (env: Record<string, string>) => runCommand(['verify', capture, '--env-file', path], { env });
    expect((await verify({})).stdout).toContain('made with secret 2 of ARCHIVE_SIGNATURE_SECRET');
    expect(await verify({ ARCHIVE_SIGNATURE_SECRET: OTHER })).toMatchObject({ code: 1 });
    expect(await send({}, '--env-file', path)).toMatchObject({ code: 0 });
    expect(errorLine(await send({}, '--env-file', '/no/such'))).toContain('/no/such cannot be read: ENOENT');
  });

  it('is never printed, and no token either', async () => {
    const env = { VIDEO_SIGNATURE_SECRET: SECRET, SESSION_SIGNATURE_SECRET: OTHER };
    const request = signed(PAYLOADS.archive, { secret: SECRET });
    const [, , signature = ''] = request.headers['authorization']?.split('.') ?? [];
    const path = await file('request.txt', rawCapture(request));
    const receiver = new RunningCommand(['listen', '--port', '0', '--json', '--body'], { env });
    const [, url = ''] = await receiver.printed(/"listening":"([^"]*)"/);

    const ended = [
      await send({ env }),
      await send({ env }, '--json'),
      await runCommand(['verify', path], { env }),
      await runCommand(['verify', path, '--json'], { env: { VIDEO_SIGNATURE_SECRET: OTHER } }),
      await runCommand(['send', `${url}/archive`, '--kind', 'archive', '--forge', '--json', '--api-key', '1'], { env }),
    ];
    receiver.interrupt();
    for (const { stdout, stderr } of [...ended, await receiver.ended()]) {
      for (const hidden of [SECRET, OTHER, signature, 'eyJ']) expect(stdout + stderr).not.toContain(hidden);
    }
  });
});
