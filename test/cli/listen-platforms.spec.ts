import { beforeEach, describe, expect, it, jest } from '@jest/globals';
import { post } from '../support/application.js';
import { PAYLOADS } from '../support/payloads.js';
import { SECRET, signed } from '../support/signer.js';

const ENV = { VIDEO_SIGNATURE_SECRET: SECRET };

function uninstall(name: string): void {
  jest.unstable_mockModule(name, () => {
    throw Object.assign(new Error(`Cannot find package ${name}`), { code: 'ERR_MODULE_NOT_FOUND' });
  });
}

describe('listen', () => {
  beforeEach(() => {
    jest.resetModules();
    uninstall('@nestjs/platform-express');
  });

  it('runs on Fastify where Express is not installed', async () => {
    const { RunningCommand } = await import('./support/run-command.js');
    const command = new RunningCommand(['listen', '--port', '0'], { env: ENV });
    const [url] = await command.printed(/http:\/\/\S+/);
    expect(await post(`${url}/video/archives`, signed(PAYLOADS.archive))).toMatchObject({ status: 204 });
    expect(await post(`${url}/`, signed(PAYLOADS.sip))).toMatchObject({ status: 204 });
    expect(await post(`${url}/`, signed(PAYLOADS.sip, { secret: 'another' }))).toMatchObject({ status: 401 });
    expect((await fetch(url)).status).toBe(405);
    command.interrupt();
    const { code, stdout, stderr } = await command.ended();
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout.split('\n').slice(1, -1)).toEqual([
      expect.stringMatching(/✓ 204 {2}archive\/available {2}12345678 {2}genuine \(\d+ bytes\)$/),
      expect.stringMatching(/✓ 204 {2}sip\/callUpdated/),
      expect.stringMatching(/✗ 401 {2}POST \/ {2}refused signature_mismatch/),
      expect.stringMatching(/✗ 405 {2}GET \/ {2}refused method_not_allowed/),
    ]);
  });

  it('says what to install where neither is', async () => {
    uninstall('@nestjs/platform-fastify');
    const { errorLine, runCommand } = await import('./support/run-command.js');
    const ended = await runCommand(['listen', '--port', '0'], { env: ENV });
    expect(errorLine(ended)).toContain('npm install @nestjs/platform-express');
    expect(ended.code).toBe(2);
  });
});
