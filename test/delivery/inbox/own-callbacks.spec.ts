import { beforeEach, describe, expect, it } from '@jest/globals';
import { OwnCallbacks } from '../../../lib/delivery/inbox/own-callbacks.js';
import { PROJECT } from '../../support/signer.js';
import { storedCallback, verifiedToken } from '../arrivals.js';

class VaultError extends Error {
  override readonly name = 'VaultError';
}

describe('OwnCallbacks', () => {
  let own: OwnCallbacks;
  beforeEach(() => {
    own = new OwnCallbacks(
      () => [
        { kinds: ['archive'], ends: ['video/archives', 'old/archives'] },
        { kinds: ['sip'], ends: ['calls'] },
        { kinds: ['session', 'sip'], ends: ['sessions'] },
      ],
      (projectId) =>
        projectId === 'unreachable' ? Promise.reject(new VaultError()) : Promise.resolve(projectId === PROJECT),
    );
  });
  const storedFor = (url: string) => storedCallback({ request: { ...storedCallback().request, url } });

  it.each(['/video/archives', '/v1/video/archives?tenant=7', '/prefix/old/archives/'])(
    'takes a callback of a kind, a project and a URL of its own: %s',
    async (url) => {
      await expect(own.check(storedFor(url))).resolves.toBeUndefined();
    },
  );

  it.each(['session', 'sip'] as const)('accepts a %s callback at a URL of its own and another kind', async (kind) => {
    await expect(own.check({ ...storedFor('/sessions'), token: verifiedToken({ kind }) })).resolves.toBeUndefined();
  });

  it.each([
    [
      'another kind',
      { token: verifiedToken({ kind: 'broadcast' }) },
      'no method of this application takes broadcast callbacks',
    ],
    [
      'another URL',
      { request: { ...storedCallback().request, url: '/other/archives?password=hidden' } },
      'no method of this application takes archive callbacks at the URL of "VideoController.onArchive"',
    ],
    [
      "another kind's URL",
      { request: { ...storedCallback().request, url: '/calls' } },
      'no method of this application takes archive callbacks at the URL of "VideoController.onArchive"',
    ],
    [
      'another project',
      { token: verifiedToken({ projectId: 'oth\ner' }) },
      'this application does not know its project "oth\\ner"',
    ],
    [
      'a project that cannot be looked up now',
      { token: verifiedToken({ projectId: 'unreachable' }) },
      'its project "unreachable" cannot be looked up',
    ],
  ])('leaves a callback of %s', async (_, part, message) => {
    await expect(own.check(storedCallback(part))).rejects.toMatchObject({
      name: 'DeliveryFailedError',
      message,
      next: 'leave',
    });
  });

  it.each([
    ['unknown', () => Promise.resolve(false)],
    ['unavailable', () => Promise.reject(new VaultError())],
  ])('accepts a SIP callback signed with the session secret if the SIP secret is %s', async (_, ofSip) => {
    own = new OwnCallbacks(
      () => [{ kinds: ['session', 'sip'], ends: ['video/archives'] }],
      (_, kind) => (kind === 'session' ? Promise.resolve(true) : ofSip()),
    );

    await expect(own.check(storedCallback({ token: verifiedToken({ kind: 'sip' }) }))).resolves.toBeUndefined();
  });

  it('keeps why a project cannot be looked up', async () => {
    const token = verifiedToken({ projectId: 'unreachable' });

    await expect(own.check(storedCallback({ token }))).rejects.toMatchObject({ cause: { name: 'VaultError' } });
  });

  it('says whether there is no method at all', () => {
    const none = new OwnCallbacks(
      () => [],
      () => Promise.resolve(true),
    );

    expect([own.areNone, none.areNone]).toEqual([false, true]);
  });
});
