import { All, Controller } from '@nestjs/common';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { type RejectionReason, VideoCallback } from '../../lib/index.js';
import { PLATFORMS } from '../support/application.js';
import { signed, USER_AGENT } from '../support/signer.js';
import { useApplication } from '../support/use-application.js';
import { expectAccepted, expectRefused } from '../support/verdict.js';
import { KindsController } from '../support/kinds.controller.js';
import { BODY } from './tokens.js';

let calls = 0;

@Controller('any')
class AnyMethodController {
  @All('archive')
  @VideoCallback('archive')
  onAnything() {
    calls += 1;
  }
}

const ANY = '/any/archive';

beforeEach(() => {
  calls = 0;
});

describe.each(PLATFORMS)('a route for every method on %s', (platform) => {
  const running = useApplication({ platform, controllers: [KindsController, AnyMethodController] });

  it.each(['GET', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'])('refuses %s, even with a genuine token', async (method) => {
    await expectRefused(running(), { method, ...signed(BODY) }, 'method_not_allowed', ANY);
    expect(calls).toBe(0);
  });

  it('refuses GET without a body, even with a token that is genuine for none', async () => {
    await expectRefused(running(), { method: 'GET', ...signed('') }, 'method_not_allowed', ANY);
    expect(calls).toBe(0);
  });

  it('refuses HEAD without a body in the answer', async () => {
    const { headers } = signed('');
    const answer = await fetch(running().url + ANY, { method: 'HEAD', headers });

    expect({ status: answer.status, text: await answer.text() }).toEqual({ status: 401, text: '' });
    expect(running().observed.lastReason).toBe('method_not_allowed');
    expect(calls).toBe(0);
  });

  it('is not talked into POST by an override', async () => {
    const { headers, body } = signed(BODY, { headers: { 'x-http-method-override': 'POST' } });
    await expectRefused(running(), { method: 'PUT', headers, body }, 'method_not_allowed', `${ANY}?_method=POST`);
    expect(calls).toBe(0);
  });

  it('takes POST', async () => {
    expect((await running().post(ANY, signed(BODY))).status).toBe(204);
    expect(calls).toBe(1);
  });
});

type UserAgent = string | RegExp | false | undefined;
const BROWSER = 'Mozilla/5.0';

/** Each option with the user agents that it accepts, and those that it refuses; `undefined` is none. */
const USER_AGENTS: [userAgent: UserAgent, accepted: (string | undefined)[], refused: (string | undefined)[]][] = [
  [
    undefined,
    [USER_AGENT],
    [undefined, '', BROWSER, USER_AGENT.toLowerCase(), `${USER_AGENT}1`, `x ${USER_AGENT}`, 'Vonage/Callback/v2.0'],
  ],
  ['Proxy/1', ['Proxy/1'], [undefined, USER_AGENT, 'proxy/1']],
  [/^Vonage\/Callback\/v\d/, [USER_AGENT, 'Vonage/Callback/v2.0'], [undefined, '', BROWSER, 'vonage/callback/v1.0']],
  [/callback/i, [USER_AGENT, 'a callback'], [undefined, BROWSER]],
  [/(?:)/, ['', BROWSER], [undefined]],
  [/Vonage/y, [USER_AGENT], [undefined, `x ${USER_AGENT}`]],
  [false, [undefined, '', BROWSER, USER_AGENT], []],
];

describe.each(PLATFORMS)('on %s', (platform) => {
  describe.each(USER_AGENTS)('the option userAgent: %s', (userAgent, accepted, refused) => {
    const running = useApplication({ platform, options: userAgent === undefined ? {} : { userAgent } });
    const from = (agent: string | undefined) => signed(BODY, { headers: { 'user-agent': agent } });

    it.each(accepted)('accepts %s', async (agent) => {
      await expectAccepted(running(), from(agent));
    });

    if (refused.length > 0) {
      it.each(refused)('refuses %s', (agent) => expectRefused(running(), from(agent), 'user_agent_mismatch'));
    }
  });

  describe.each([/Vonage/g, /Vonage/gi])('the option userAgent: %s, which has a memory,', (userAgent) => {
    const running = useApplication({ platform, options: { userAgent } });

    it('accepts every callback, not every other', async () => {
      for (let count = 0; count < 5; count += 1) await expectAccepted(running(), signed(BODY));
    });

    it('leaves the expression of the application alone', () => {
      expect(userAgent.lastIndex).toBe(0);
    });
  });

  describe('a request that several checks refuse', () => {
    const running = useApplication({ platform });
    it.each<[RejectionReason, Parameters<typeof signed>[1]]>([
      ['user_agent_mismatch', { headers: { 'user-agent': 'x', authorization: 'x' } }],
      ['algorithm_not_allowed', { header: { alg: 'none' }, claims: { api_key: 'unknown' } }],
      ['project_unknown', { secret: 'x', claims: { api_key: 'unknown', iat: 0 } }],
      ['signature_mismatch', { secret: 'x', claims: { iss: 'x', iat: 0 } }],
    ])('is refused for the first of them, %s, and learns nothing about the others', (reason, options) =>
      expectRefused(running(), signed(BODY, options), reason),
    );
  });
});
