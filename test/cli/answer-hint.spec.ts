import { afterEach, describe, expect, it } from '@jest/globals';
import { type ExecutionContext, HttpException } from '@nestjs/common';
import { PLATFORMS } from '../support/application.js';
import { PROJECT, SECRET } from '../support/signer.js';
import { useApplication } from '../support/use-application.js';
import { startEndpoint } from './support/endpoint.js';
import { errorLine, runCommand } from './support/run-command.js';

const EXEMPT = "Exempt the route with the decorators of your application, for example @VideoCallback('archive', ";

interface Refusal {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
}

describe.each(PLATFORMS)('send to an application on %s', (platform) => {
  let refusal: Refusal | undefined;
  const canActivate = (context: ExecutionContext): boolean => {
    if (refusal === undefined) return true;
    const response = context.switchToHttp().getResponse<{ header(name: string, value: string): unknown }>();
    for (const [name, value] of Object.entries(refusal.headers ?? {})) response.header(name, value);
    throw new HttpException('Refused by a guard', refusal.status);
  };
  const application = useApplication({ platform, configure: (app) => void app.useGlobalGuards({ canActivate }) });
  afterEach(() => {
    refusal = undefined;
  });
  const send = (secret: string, ...options: readonly string[]) => {
    const argv = ['send', `${application().url}/callbacks/archive`, '--kind', 'archive', '--api-key', PROJECT];
    return runCommand([...argv, ...options], { env: { VIDEO_SIGNATURE_SECRET: secret } });
  };

  it.each<[refusal: Refusal, hint: string]>([
    [{ status: 403 }, 'The module never answers 403: a guard, the handler or a proxy did. '],
    [{ status: 429 }, 'The module never answers 429: a throttler or a proxy did. '],
    [
      { status: 401, headers: { 'WWW-Authenticate': 'Bearer' } },
      'The module does not answer 401 like this: a guard or a proxy did. ',
    ],
  ])('hints that %j is the answer of another guard', async (given, hint) => {
    refusal = given;
    const ended = await send(SECRET, '--event', 'available', '--copies', '2');
    expect(ended).toMatchObject({ code: 1, stderr: '' });
    // Once, below the deliveries.
    expect(ended.stdout.split(hint + EXEMPT)).toHaveLength(2);
    expect(errorLine(await send(SECRET, '--forge'))).toContain(hint + EXEMPT);
  });

  it('hints that a plain 401 is the answer of the module or of a guard, which the log tells', async () => {
    const ended = await send('another-secret', '--event', 'available', '--json');
    expect(ended).toMatchObject({ code: 1, stderr: '' });
    expect(JSON.parse(ended.stdout)).toMatchObject({
      deliveries: [
        {
          status: 401,
          hint: expect.stringMatching(/^The application's log says why .* If it has no line about it, a guard/),
        },
      ],
    });
  });

  it('says nothing more where a callback is accepted', async () => {
    const ended = await send(SECRET, '--event', 'available');
    expect(ended.stdout).toMatch(/^✓ 204[^\n]*\n$/);
  });
});

describe('send', () => {
  it.each([
    [301, '301 is a redirect, which is not followed'],
    [404, undefined],
    [500, undefined],
  ])('hints at an answer of %d: %j', async (status, hint) => {
    const endpoint = await startEndpoint(() => status);
    try {
      const argv = ['send', endpoint.url, '--kind', 'sip', '--event', 'callCreated', '--api-key', '1', '--json'];
      const ended = await runCommand(argv, { env: { VIDEO_SIGNATURE_SECRET: SECRET } });
      const { deliveries } = JSON.parse(ended.stdout) as { deliveries: readonly { hint?: string }[] };
      expect(deliveries).toHaveLength(1);
      expect(deliveries[0]?.hint).toEqual(hint === undefined ? undefined : expect.stringContaining(hint));
    } finally {
      await endpoint.close();
    }
  });
});
