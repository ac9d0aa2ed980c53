import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { post } from '../support/application.js';
import { PAYLOADS } from '../support/payloads.js';
import { SECRET, signed } from '../support/signer.js';
import { rawCapture } from './support/captures.js';

// Each test starts processes, which takes its time where others use the processor too.
jest.setTimeout(60_000);

const MAIN = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));

/** The built command in a process of its own: what a user runs. */
class Process {
  private stdout = '';
  private stderr = '';
  private readonly child: ChildProcess;
  private readonly end: Promise<unknown[]>;

  constructor(argv: readonly string[], env: Readonly<Record<string, string>> = {}) {
    this.child = spawn(process.execPath, [MAIN, ...argv], { env: { PATH: process.env['PATH'], ...env } });
    this.end = once(this.child, 'close');
    this.child.stdout?.on('data', (text: Buffer) => (this.stdout += text.toString()));
    this.child.stderr?.on('data', (text: Buffer) => (this.stderr += text.toString()));
    started.push(this);
  }

  write(input: string | Buffer): void {
    this.child.stdin?.end(input);
  }

  kill(signal: NodeJS.Signals): void {
    this.child.kill(signal);
  }

  /** Closes the reading end of its output, as `head` does. */
  stopReading(): void {
    this.child.stdout?.destroy();
  }

  async printed(pattern: RegExp): Promise<string> {
    while (!pattern.test(this.stdout)) await once(this.child.stdout ?? this.child, 'data');
    return pattern.exec(this.stdout)?.[1] ?? '';
  }

  async ended() {
    const [code, signal] = await this.end;
    return { code, signal, stdout: this.stdout, stderr: this.stderr };
  }
}

const started: Process[] = [];
afterEach(() => {
  for (const process of started.splice(0)) process.kill('SIGKILL');
});

describe('the built command', () => {
  it('exists: run `npm run build` before these tests', () => {
    expect(existsSync(MAIN)).toBe(true);
  });

  it.each(['SIGINT', 'SIGTERM'] as const)('listens until %s, which ends it with 0', async (signal) => {
    const listener = new Process(['listen', '--port', '0'], { VIDEO_SIGNATURE_SECRET: SECRET });
    const url = await listener.printed(/Listening on (http:\S+)/);
    expect(await post(url, signed(PAYLOADS.archive))).toMatchObject({ status: 204 });

    listener.kill(signal);
    const ended = await listener.ended();
    expect(ended).toMatchObject({ code: 0, signal: null, stderr: '' });
    expect(ended.stdout).toContain('archive/available  12345678  genuine');
    expect(ended.stdout).not.toContain('\u001b');
  });

  it('reads captures from standard input, and fails with 1 where a check fails', async () => {
    const verifying = new Process(['verify', '-'], { VIDEO_SIGNATURE_SECRET: SECRET });
    verifying.write(rawCapture(signed(PAYLOADS.archive, { claims: { iat: 1 } })));
    expect(await verifying.ended()).toMatchObject({
      code: 1,
      stderr: '',
      stdout: expect.stringContaining('✗ issued at'),
    });
  });

  it('reads secrets from standard input, and fails with 2 in one line', async () => {
    const options = ['--kind', 'sip', '--event', 'callCreated', '--secret-stdin', '--api-key', '1'];
    const sending = new Process(['send', 'http://127.0.0.1:9', ...options]);
    sending.write(`${SECRET}\n`);
    expect(await sending.ended()).toEqual({
      code: 2,
      signal: null,
      stdout: '',
      stderr: 'video-callbacks: http://127.0.0.1:9 cannot be reached: ECONNREFUSED\n',
    });
  });

  it('ends with 0 and without an error when its output is closed', async () => {
    const listener = new Process(['listen', '--port', '0'], { VIDEO_SIGNATURE_SECRET: SECRET });
    const url = await listener.printed(/Listening on (http:\S+)/);
    listener.stopReading();
    await fetch(url, { method: 'POST' });
    expect(await listener.ended()).toMatchObject({ code: 0, stderr: '' });
  });
});
