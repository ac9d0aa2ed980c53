import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { PAYLOADS } from '../support/payloads.js';
import { SECRET, signed } from '../support/signer.js';
import { curlCapture, har, harEntry, rawCapture } from './support/captures.js';
import { runCommand, RunningCommand } from './support/run-command.js';
import { useTemporaryFiles } from './support/temporary-files.js';

const COMMANDS = {
  send: ['--kind', '--event', '--set', '--file', '--count', '--scenario', '--speed', '--forge', '--strict', '--path'],
  verify: ['--kind', '--body', '--entry', '--at', '--max-age', '--any-user-agent', '--api-key', '--application-id'],
  listen: ['--port', '--host', '--kind', '--body', '--api-key', '--application-id', '--any-user-agent'],
};
const COMMON = ['--secret-stdin', '--env-file', '--json', '--help'];

const helps = await Promise.all(
  Object.keys(COMMANDS).map(async (name) => ({ name, text: (await runCommand([name, '--help'])).stdout })),
);
const EXAMPLES = helps.flatMap(({ name, text }) => {
  const [, examples = ''] = text.split('\nExamples:\n');
  return examples
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('  # '))
    .map((line) => ({ name, line: line.trim() }));
});

describe('the help', () => {
  it('names every command, the secrets and the exit codes', async () => {
    const { code, stdout, stderr } = await runCommand(['--help']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    for (const { name, text } of helps) {
      const [, summary = ''] = text.split('\n\n');
      expect(summary).not.toBe('');
      expect(stdout).toContain(`\n  ${name.padEnd(12)}${summary}\n`);
    }
    expect(stdout).toContain('ARCHIVE_SIGNATURE_SECRET');
    expect(stdout).toMatch(/ {2}0 {2}success\n {2}1 {2}a delivery failed.*\n {2}2 {2}the command could not/);
  });

  it.each(Object.entries(COMMANDS))('of %s names each of its options and shows examples', async (name, options) => {
    for (const argv of [
      [name, '--help'],
      [name, '-h'],
      ['help', name],
    ]) {
      const { code, stdout, stderr } = await runCommand(argv);
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
      for (const option of [...options, ...COMMON]) expect(stdout).toMatch(new RegExp(`\n  (-h, )?${option}\\b`));
      expect(stdout).toMatch(/\nExamples:\n {2}# .*\n {2}video-callbacks /);
      expect(stdout).toContain('Exit codes:');
    }
  });

  it('is an error message where nothing is asked for', async () => {
    const { code, stdout, stderr } = await runCommand([]);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain('Usage:');
  });

  it('is beside the version', async () => {
    expect(await runCommand(['--version'])).toMatchObject({ code: 0, stdout: expect.stringMatching(/^\d+\.\d+\.\d+/) });
  });
});

describe('an example of the help works:', () => {
  const file = useTemporaryFiles();
  let receiver: RunningCommand;
  let address: string;
  beforeAll(async () => {
    receiver = new RunningCommand(['listen', '--port', '0'], { env: { VIDEO_SIGNATURE_SECRET: SECRET } });
    [, address = ''] = await receiver.printed(/Listening on http:\/\/(\S+)/);
  });
  afterAll(async () => {
    receiver.interrupt();
    expect(await receiver.ended()).toMatchObject({ code: 0, stderr: '' });
  });

  it.each(EXAMPLES)(
    '$line',
    async ({ name, line }) => {
      const at = /--at (\S+)/.exec(line)?.[1] ?? new Date().toISOString();
      const request = signed(PAYLOADS.archive, { claims: { iat: Math.floor(Date.parse(at) / 1000) } });
      const files: Readonly<Record<string, string | Buffer>> = {
        'request.txt': rawCapture(request),
        'curl.txt': curlCapture(request),
        'body.json': request.body,
        'requests.har': har({}, {}, harEntry(request, at)),
      };
      const [input = '', command = input] = line.split(' | ');
      const argv: string[] = [];
      for (const [, quoted, bare] of command.matchAll(/"([^"]*)"|(\S+)/g)) {
        const word = (quoted ?? bare ?? '').replace('localhost:3000', address);
        const content = files[word];
        argv.push(content === undefined ? word : await file(word, content));
      }
      // Nobody wants to wait for the scenario, and the port may be taken.
      const shortened = argv
        .slice(1)
        .map((word, index) => (argv[index] === '--speed' ? '10000' : word === '3000' ? '0' : word));
      const isSecret = shortened.includes('--secret-stdin');

      expect(shortened[0]).toBe(name);
      const running = new RunningCommand(shortened, {
        env: isSecret ? {} : { VIDEO_SIGNATURE_SECRET: SECRET },
        stdin: isSecret ? `${SECRET}\n` : (files['request.txt'] ?? ''),
      });
      if (name === 'listen') {
        await running.printed(/istening.*http:/);
        running.interrupt();
      }
      expect(await running.ended()).toMatchObject({ code: 0, stderr: '' });
    },
    30_000,
  );
});
