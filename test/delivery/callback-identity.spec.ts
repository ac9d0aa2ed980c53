import { describe, expect, it } from '@jest/globals';
import {
  callbackIdentity,
  type IdentifiedContent,
  isCallbackIdentity,
  unusableIdentity,
} from '../../lib/delivery/callback-identity.js';
import { type VerifiedToken, VIDEO_CALLBACK_KINDS } from '../../lib/index.js';
import { sha256 } from '../support/signer.js';
import { verifiedToken } from './arrivals.js';

const withMoment = (deviations: Partial<IdentifiedContent> = {}): IdentifiedContent => ({
  payload: { timestamp: 1_700_000_000_000 },
  bodyHash: sha256('body'),
  isBodyVerified: true,
  ...deviations,
});
const withoutMoment = withMoment({ payload: { status: 'available' } });

const ofToken = (jti: string, deviations: Partial<VerifiedToken> = {}): VerifiedToken =>
  verifiedToken({ claims: { iat: 1_700_000_000, jti, iss: 'Vonage' }, ...deviations });
const [one, another] = [ofToken('one'), ofToken('another')];

describe('a callback whose body has a moment', () => {
  it.each([
    { timestamp: 1_700_000_000_000 },
    { updatedAt: 1_700_000_000_000 },
    { timestamp: null, updatedAt: 1_700_000_000_000 },
    { timestamp: 0 },
    { updatedAt: '' },
  ])('is the same one with another token: %j', (payload) => {
    const content = withMoment({ payload });

    expect(callbackIdentity(another, content)).toBe(callbackIdentity(one, content));
  });

  it('is another one with another body', () => {
    expect(callbackIdentity(one, withMoment({ bodyHash: sha256('Body') }))).not.toBe(
      callbackIdentity(one, withMoment()),
    );
  });

  it('is known by its token alone where nobody vouches for the body', () => {
    const content = withMoment({ isBodyVerified: false });

    expect(callbackIdentity(one, { ...content, bodyHash: sha256('Body') })).toBe(callbackIdentity(one, content));
    expect(callbackIdentity(another, content)).not.toBe(callbackIdentity(one, content));
  });
});

describe('a callback whose body has no moment', () => {
  it.each([{}, { timestamp: null }, { updatedAt: null }, { timestamp: undefined, updatedAt: null }])(
    'is another one with another token: %j',
    (payload) => {
      const content = withMoment({ payload });

      expect(callbackIdentity(another, content)).not.toBe(callbackIdentity(one, content));
    },
  );

  it('is the same one with the same token', () => {
    expect(callbackIdentity(one, { ...withoutMoment, bodyHash: sha256('Body') })).toBe(
      callbackIdentity(one, withoutMoment),
    );
  });

  it('does not take the place of one whose body has the hash that its token is named by', () => {
    expect(callbackIdentity(ofToken(sha256('body')), withoutMoment)).not.toBe(callbackIdentity(one, withMoment()));
  });
});

describe('the identity of a callback', () => {
  it.each([withMoment(), withoutMoment])('is another one for another project or kind', (content) => {
    const ids = [
      callbackIdentity(one, content),
      callbackIdentity(ofToken('one', { projectId: '87654321' }), content),
      callbackIdentity(ofToken('one', { kind: 'broadcast' }), content),
    ];

    expect(new Set(ids).size).toBe(3);
  });

  it('is its kind and a digest without characters that stores take for their own', () => {
    expect(callbackIdentity(one, withMoment())).toMatch(/^archive-[A-Za-z0-9_-]{43}$/);
    expect(unusableIdentity(one, Buffer.from('body'))).toMatch(/^archive-[A-Za-z0-9_-]{43}$/);
    for (const kind of VIDEO_CALLBACK_KINDS) {
      expect(isCallbackIdentity(callbackIdentity(ofToken('one', { kind }), withMoment()))).toBe(true);
    }
  });

  it.each<[what: string, change: (id: string) => unknown]>([
    ['nothing', () => undefined],
    ['a list that holds one', (id) => [id]],
    ['one behind other characters', (id) => `1-${id}`],
    ['one before other characters', (id) => `${id}0`],
    ['an id of the application', () => 'archive-7'],
  ])('is not recognised in %s', (_, change) => {
    expect(isCallbackIdentity(change(callbackIdentity(one, withMoment())))).toBe(false);
  });

  it('stays what it is, since stores remember it', () => {
    expect(callbackIdentity(one, withMoment())).toBe('archive-VoVUBfg-xrgqsGeyCV2AliEhhEjdUseWDhEYlfOE3LY');
    expect(callbackIdentity(one, withoutMoment)).toBe('archive-of7mfV-mLG4DHblNzAfN4btD76YiFZ4JeInJoGSMQx0');
    expect(unusableIdentity(one, Buffer.from('body'))).toBe('archive-zik_1wDbUD373rQbTTcznvcrCMoxYGdD5-HwRe5ZlcA');
  });
});

describe('a callback whose body cannot be used', () => {
  const body = Buffer.from('body');

  it('is known by its token and its body together', () => {
    const id = unusableIdentity(one, body);

    expect(unusableIdentity(one, Buffer.from('body'))).toBe(id);
    expect(unusableIdentity(one, Buffer.from('Body'))).not.toBe(id);
    expect(unusableIdentity(another, body)).not.toBe(id);
    expect(unusableIdentity(ofToken('one', { projectId: '87654321' }), body)).not.toBe(id);
  });

  it('does not take the place of one that can', () => {
    expect(unusableIdentity(one, body)).not.toBe(callbackIdentity(one, withMoment()));
    expect(unusableIdentity(one, body)).not.toBe(callbackIdentity(one, withoutMoment));
  });
});
