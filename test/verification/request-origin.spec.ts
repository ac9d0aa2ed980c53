import { All, Controller } from '@nestjs/common';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { CallbackVerifier, type RejectionReason, VideoCallback } from '../../lib/index.js';
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

describe('CallbackVerifier', () => {
  const check = (userAgent: UserAgent, agent: string | undefined) => () => {
    new CallbackVerifier({ keys: { keysFor: () => undefined }, userAgent }).checkUserAgent({ 'user-agent': agent });
  };

  it.each(USER_AGENTS)('with userAgent: %s accepts %j and rejects %j', (userAgent, accepted, refused) => {
    for (const agent of accepted) expect(check(userAgent, agent)).not.toThrow();
    for (const agent of refused) {
      expect(check(userAgent, agent)).toThrow(expect.objectContaining({ reason: 'user_agent_mismatch' }));
    }
  });
});

describe.each(PLATFORMS)('on %s', (platform) => {
  const from = (agent: string | undefined) => signed(BODY, { headers: { 'user-agent': agent } });

  describe('the default of userAgent', () => {
    const running = useApplication({ platform });

    it('accepts that of Vonage only', async () => {
      await expectAccepted(running(), signed(BODY));
      for (const agent of [undefined, '', BROWSER]) await expectRefused(running(), from(agent), 'user_agent_mismatch');
    });
  });

  describe('the option userAgent: false', () => {
    const running = useApplication({ platform, options: { userAgent: false } });

    it('accepts any, and none', async () => {
      for (const agent of [undefined, '', BROWSER]) await expectAccepted(running(), from(agent));
    });
  });

  describe('a global regular expression as userAgent', () => {
    const userAgent = /Vonage/gi;
    const running = useApplication({ platform, options: { userAgent } });

    it('accepts every callback, not every other', async () => {
      for (let count = 0; count < 3; count += 1) await expectAccepted(running(), signed(BODY));
      await expectRefused(running(), from(BROWSER), 'user_agent_mismatch');
    });

    it('is not changed', () => {
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
