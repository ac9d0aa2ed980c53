import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { SECRET } from '../support/signer.js';
import { type PlainEndpoint, startEndpoint } from './support/endpoint.js';
import { errorLine, runCommand } from './support/run-command.js';
import { useTemporaryFiles } from './support/temporary-files.js';

const ENV = { VIDEO_SIGNATURE_SECRET: SECRET, VIDEO_API_KEY: '12345678' };
const URL = 'http://127.0.0.1:9/archive';
const ARCHIVE = ['send', URL, '--kind', 'archive', '--event', 'available'];

describe('wrong use gives one clear line and exit code 2:', () => {
  const file = useTemporaryFiles();

  it.each<[title: string, argv: readonly string[], message: string, env?: Record<string, string>]>([
    ['an unknown command', ['deliver'], 'unknown command: use send, verify, listen'],
    ['a command in another spelling', ['sent'], 'unknown command: use send, verify, listen (Did you mean send?)'],
    ['an unknown option', [...ARCHIVE, '--quick'], 'unknown option --quick'],
    ['an option in another spelling', [...ARCHIVE, '--even=x'], 'unknown option --even (Did you mean --event?)'],
    ['an option of Object.prototype', [...ARCHIVE, '--constructor'], 'unknown option --constructor'],
    ['an option without its value', [...ARCHIVE, '--api-key', '--forge'], "option '--api-key <key>' argument missing"],
    ['an option without its value at the end', ['send', URL, '--kind'], "option '--kind <kind>' argument missing"],
    ['a switch with a value', [...ARCHIVE, '--json=yes'], 'unknown option --json'],
    ['an option given twice', [...ARCHIVE, '--event', 'started'], '--event is given more than once'],
    ['a kind given twice', [...ARCHIVE, '--kind', 'sip'], '--kind is given more than once'],
    ['no URL', ['send', '--kind', 'archive'], "missing required argument 'url'"],
    ['two URLs', ['send', URL, URL], 'Expected 1 argument but got 2'],
    ['something that is not a URL', ['send', 'nowhere', ...ARCHIVE.slice(2)], '<url> is not a URL'],
    ['an address of another protocol', ['send', 'ftp://127.0.0.1/', ...ARCHIVE.slice(2)], 'must begin with http://'],
    ['an address with a password', ['send', 'http://u:p@127.0.0.1', ...ARCHIVE.slice(2)], 'must not hold a user name'],
    ['no kind', ['send', URL, '--event', 'available'], '--kind is missing'],
    ['an unknown kind', ['send', URL, '--kind', 'movie'], 'there is no kind "movie": known are session, archive, sip,'],
    ['no event', ['send', URL, '--kind', 'sip'], '--event is missing: known are callCreated, callUpdated,'],
    [
      'an unknown event',
      ['send', URL, '--kind', 'archive', '--event', 'gone'],
      'there is no archive event "gone": known are started, paused, stopped, uploaded,',
    ],
    ['an unknown scenario', ['send', URL, '--scenario', 'war'], 'there is no scenario "war": known is session'],
    [
      'an unknown environment',
      [...ARCHIVE, '--environment', 'x'],
      'there is no environment "x": known are openTok, unified',
    ],
    [
      'an account key for OpenTok',
      [...ARCHIVE, '--environment', 'openTok', '--api-key', 'abcd1234'],
      'has digits only',
    ],
    ['a count of nothing', [...ARCHIVE, '--count', '0'], '--count is a whole number from 1 to 1000, not "0"'],
    ['a count that is no number', [...ARCHIVE, '--count', '1e3'], 'not "1e3"'],
    ['a speed of zero', ['send', URL, '--scenario', 'session', '--speed', '0'], '--speed is a number from 0.1'],
    ['options that contradict', [...ARCHIVE, '--file', 'x'], '--event has no meaning with --file'],
    ['an option of another mode', [...ARCHIVE, '--speed', '3'], '--speed has no meaning without --scenario'],
    ['a field without a value', [...ARCHIVE, '--set', 'name'], '--set is written as name=value'],
    ['a path without a kind', [...ARCHIVE, '--path', '/x'], '--path is written as archive=/video/archives'],
    ['a path of another host', [...ARCHIVE, '--path', 'archive=//example.org/'], '--path is written as'],
    ['no project', ARCHIVE, 'no project is named: use --api-key', { VIDEO_API_KEY: 'unset' }],
    ['an empty project', [...ARCHIVE, '--api-key', ''], '--api-key or VIDEO_API_KEY is empty'],
    [
      'a file that is not there',
      ['send', URL, '--kind', 'sip', '--file', '/no/such'],
      '/no/such cannot be read: ENOENT',
    ],
    ['a folder instead of a file', ['verify', '/'], '/ cannot be read: EISDIR'],
    [
      'a body and a secret from one input',
      ['send', URL, '--kind', 'sip', '--file', '-', '--secret-stdin'],
      'cannot be both',
    ],
    ['two captures from one input', ['verify', '-', '--body', '-'], 'standard input can be read once only'],
    ['a moment without a zone', ['verify', 'x', '--at', '2026-01-31T12:00:00'], '--at is a time with its zone'],
    ['a port that is none', ['listen', '--port', '99999'], '--port is a whole number from 0 to 65535'],
    ['an empty address', ['listen', '--port', '0', '--host', ''], '--host is empty'],
    ['a port without its option', ['listen', '3000'], 'Expected 0 arguments but got 1'],
    [
      'an address that is not ours',
      ['listen', '--port', '0', '--host', '192.0.2.1'],
      'cannot listen on 192.0.2.1:0: EADDR',
    ],
  ])('%s', async (_, argv, message, env = {}) => {
    const surroundings = Object.fromEntries(
      Object.entries({ ...ENV, ...env }).filter(([, value]) => value !== 'unset'),
    );
    const ended = await runCommand(argv, { env: surroundings });
    expect(errorLine(ended)).toContain(`video-callbacks: `);
    expect(errorLine(ended)).toContain(message);
    expect(ended.code).toBe(2);
  });

  it('a body over the limit', async () => {
    const path = await file('large.json', Buffer.alloc(1024 * 1024 + 1, ' '));
    const ended = await runCommand(['send', URL, '--kind', 'archive', '--file', path], { env: ENV });
    expect(errorLine(ended)).toMatch(/large\.json has more than 1048576 bytes, which is the limit$/);
    expect(ended.code).toBe(2);
  });

  it('a capture over the limits', async () => {
    const raw = await file(
      'large.txt',
      Buffer.concat([Buffer.from('POST / HTTP/1.1\n\n'), Buffer.alloc(1_200_000, ' ')]),
    );
    expect(errorLine(await runCommand(['verify', raw]))).toContain('which is the limit for one request');
    const har = await file('large.har', Buffer.alloc(16 * 1024 * 1024 + 1, '{'));
    expect(errorLine(await runCommand(['verify', har]))).toContain('has more than 16777216 bytes');
  });

  it.each([
    ['nothing', '', 'is neither a raw HTTP request, nor the output of curl -v, nor a HAR file'],
    ['another text', 'Dear diary', 'is neither a raw HTTP request'],
    ['half a HAR file', '{"log":', 'begins like JSON, but is not valid'],
    ['other JSON', '{"log":{"entries":{}}}', 'is JSON, but not a HAR file: it has no log.entries'],
    ['a HAR file without callbacks', '{"log":{"entries":[{},3]}}', 'none of the 1 entries of the HAR file is a POST'],
    [
      'a line that is not a header',
      'POST / HTTP/1.1\nHost: x\nnonsense\n\n{}',
      'line 3 of the capture is not a header line',
    ],
  ])('a capture that is %s', async (name, text, message) => {
    const ended = await runCommand(['verify', await file(`${name}.txt`, text)]);
    expect(errorLine(ended)).toContain(message);
    expect(ended.code).toBe(2);
  });

  it('an entry that the capture does not have', async () => {
    const har = await file('one.har', '{"log":{"entries":[{}]}}');
    expect(errorLine(await runCommand(['verify', har, '--entry', '2']))).toContain(
      'has 1 entries, there is no entry 2',
    );
    const raw = await file('raw.txt', 'POST / HTTP/1.1\n\n');
    expect(errorLine(await runCommand(['verify', raw, '--entry', '2']))).toContain('the capture is not a HAR file');
  });
});

describe('an error', () => {
  it('is one line without control characters, whatever was given', async () => {
    const argv = ['listen', '--port', '0', '--host', 'a\u009b31m\u202e\nb.invalid'];
    const ended = await runCommand(argv, { env: { VIDEO_SIGNATURE_SECRET: 'x' } });
    expect(errorLine(ended)).toMatch(/^video-callbacks: cannot listen on a\?31m\?\?b\.invalid:0: /);
  });
});

describe('a host that is not known to be your own', () => {
  it.each(['http://example.org/', 'http://8.8.8.8/'])('%s must be confirmed', async (url) => {
    const ended = await runCommand(['send', url, ...ARCHIVE.slice(2)], { env: ENV });
    expect(errorLine(ended)).toContain('confirm with --i-own-this-endpoint that it is yours');
    expect(ended.code).toBe(2);
  });

  it.each(['http://127.1:9/', 'http://localhost:9/'])('%s need not be', async (url) => {
    const ended = await runCommand(['send', url, ...ARCHIVE.slice(2)], { env: ENV });
    expect(errorLine(ended)).toContain('cannot be reached: E');
  });

  it('can be confirmed', async () => {
    const argv = ['send', 'http://video-callbacks.invalid/', ...ARCHIVE.slice(2), '--i-own-this-endpoint'];
    const ended = await runCommand(argv, { env: ENV });
    expect(errorLine(ended)).toMatch(/http:\/\/video-callbacks\.invalid cannot be reached: E/);
    expect(ended.code).toBe(2);
  });
});

describe('an endpoint that fails', () => {
  let endpoint: PlainEndpoint;
  let status = 204;
  beforeAll(async () => {
    endpoint = await startEndpoint(() => status);
  });
  afterAll(() => endpoint.close());

  it.each([401, 404, 500, 302, 206])('with %d gives exit code 1', async (answer) => {
    status = answer;
    const ended = await runCommand(['send', endpoint.url, ...ARCHIVE.slice(2)], { env: ENV });
    expect(ended).toMatchObject({ code: 1, stderr: '' });
    expect(ended.stdout).toContain(`✗ ${answer}`);
  });

  it('without an answer gives exit code 1', async () => {
    status = 0;
    const ended = await runCommand(['send', endpoint.url, ...ARCHIVE.slice(2)], { env: ENV });
    expect(ended).toMatchObject({ code: 1, stderr: '', stdout: expect.stringContaining('✗ ECONNRESET') });
  });

  it('by not answering in time gives exit code 1', async () => {
    const silent = await startEndpoint(() => new Promise(() => undefined));
    try {
      const ended = await runCommand(['send', silent.url, ...ARCHIVE.slice(2), '--timeout', '1'], { env: ENV });
      expect(ended).toMatchObject({ code: 1, stderr: '', stdout: expect.stringContaining('✗ no answer within 1 s') });
    } finally {
      await silent.close();
    }
  });
});
