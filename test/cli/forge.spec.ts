import { describe, expect, it } from '@jest/globals';
import { Controller, Post } from '@nestjs/common';
import { SessionCallback, SipCallback, VIDEO_CALLBACK_KINDS, VideoCallback } from '../../lib/index.js';
import { PLATFORMS } from '../support/application.js';
import { takeHandled } from '../support/kinds.controller.js';
import { PROJECT, SECRET } from '../support/signer.js';
import { useApplication } from '../support/use-application.js';
import { startEndpoint } from './support/endpoint.js';
import { errorLine, runCommand } from './support/run-command.js';

const OTHER = 'the-secret-of-the-session-kind!!';
const ENV = { VIDEO_SIGNATURE_SECRET: SECRET };

describe.each(PLATFORMS)('send --forge to an application on %s', (platform) => {
  const application = useApplication({ platform });
  const forge = (kind: string, env: Record<string, string>, ...options: readonly string[]) => {
    const url = `${application().url}/callbacks/{kind}`;
    return runCommand(['send', url, '--kind', kind, '--forge', '--strict', '--api-key', PROJECT, ...options], { env });
  };

  it.each(VIDEO_CALLBACK_KINDS)('finds that all of it is refused: %s', async (kind) => {
    const ended = await forge(kind, ENV);
    expect(ended).toMatchObject({ code: 0, stderr: '', stdout: expect.stringMatching(/All were refused\.\n$/) });
    expect(ended.stdout).not.toMatch(/✗|!/);
    // The genuine ones, before and after.
    expect(takeHandled()).toHaveLength(2);
  });

  it('tries every request, with the secret of another kind if that is known', async () => {
    const env = { ARCHIVE_SIGNATURE_SECRET: SECRET, SESSION_SIGNATURE_SECRET: OTHER };
    const ended = await forge('archive', env, '--event', 'available', '--json');
    const report = JSON.parse(ended.stdout) as { requests: { id: string; title: string; outcome: string }[] };
    expect(report).toMatchObject({ passed: true, kind: 'archive', event: 'available', faults: [], advice: [] });
    expect(report.requests).toHaveLength(67);
    expect(report.requests.map(({ id }) => id)).toContain('other_kind');
    expect(new Set(report.requests.map(({ id }) => id)).size).toBe(67);
    expect(new Set(report.requests.map(({ title }) => title)).size).toBe(67);
    expect(new Set(report.requests.map(({ outcome }) => outcome))).toEqual(new Set(['refused']));
  });
});

@Controller()
class CallsController {
  @Post('calls')
  onCall(@VideoCallback(['session', 'sip']) { event }: SessionCallback | SipCallback): string {
    return event;
  }
}

describe('send --forge to a method that takes session and sip callbacks', () => {
  const application = useApplication({
    platform: 'express',
    controllers: [CallsController],
    options: { projects: { [PROJECT]: { session: OTHER, sip: SECRET, archive: 'the-secret-of-the-archive-kind!!' } } },
  });

  it.each([
    ['with the session secret only', {}, 66],
    ['with an archive secret too', { ARCHIVE_SIGNATURE_SECRET: 'the-secret-of-the-archive-kind!!' }, 67],
  ])('finds no fault, %s', async (_, more, requests) => {
    const env = { SESSION_SIGNATURE_SECRET: OTHER, SIP_SIGNATURE_SECRET: SECRET, ...more };
    const argv = ['send', `${application().url}/calls`, '--kind', 'sip', '--forge', '--api-key', PROJECT, '--json'];
    const ended = await runCommand(argv, { env });
    const report = JSON.parse(ended.stdout) as { requests: unknown[] };
    expect(report).toMatchObject({ passed: true, faults: [] });
    expect(report.requests).toHaveLength(requests);
  });
});

describe('send --forge says that it shows nothing', () => {
  const forge = (url: string) =>
    runCommand(['send', url, '--kind', 'archive', '--forge', '--api-key', PROJECT, '--json'], { env: ENV });

  it.each([401, 404, 500])('where genuine callbacks are answered with %d', async (status) => {
    const endpoint = await startEndpoint(() => status);
    try {
      const ended = await forge(endpoint.url);
      expect(errorLine(ended)).toContain(
        `A genuine callback is not accepted (${status}), so that refusals show nothing`,
      );
      expect(ended.code).toBe(2);
      expect(endpoint.seen).toHaveLength(1);
    } finally {
      await endpoint.close();
    }
  });

  it('where nobody is', async () => {
    const ended = await forge('http://127.0.0.1:9/');
    expect(errorLine(ended)).toMatch(/127\.0\.0\.1:9 cannot be reached: E/);
    expect(ended.code).toBe(2);
  });

  it('where genuine callbacks are refused after a while', async () => {
    let left = 10;
    const endpoint = await startEndpoint(() => ((left -= 1) === 9 ? 204 : 401));
    try {
      const ended = await forge(endpoint.url);
      expect(errorLine(ended)).toContain('After the hostile requests a genuine callback is not accepted (401)');
      expect(ended.code).toBe(2);
    } finally {
      await endpoint.close();
    }
  });
});
