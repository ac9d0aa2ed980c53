import { describe, expect, it } from '@jest/globals';
import { CallbackRejection } from '../../lib/verification/callback-rejection.js';
import { CallbackVerifier } from '../../lib/verification/callback-verifier.js';
import { type VideoCallbackKind } from '../../lib/index.js';
import { secretsUnavailable } from '../../lib/secrets/secret-rules.js';
import { importSignatureKeys, type SignatureKey } from '../../lib/verification/signature-key.js';
import { PROJECT, signed, type SigningOptions } from '../support/signer.js';

type Secrets = Readonly<Partial<Record<VideoCallbackKind, readonly string[] | Error>>>;

/** A verifier of one project, and the calls of its key source. */
function verifierOf(secrets: Secrets) {
  const asked: string[] = [];
  const matched: string[] = [];
  const passedOver: string[] = [];
  const tried: SignatureKey[] = [];
  const keys = {
    keysFor: async (projectId: string, kind: VideoCallbackKind) => {
      asked.push(`${projectId} ${kind}`);
      const ofKind = projectId === PROJECT ? secrets[kind] : undefined;
      if (ofKind instanceof Error) throw ofKind;
      // The list counts how far it was read: a key is tried when the one before did not match.
      return ofKind && counted(await importSignatureKeys(ofKind), tried);
    },
    matched: (projectId: string, kind: VideoCallbackKind, { position }: SignatureKey) => {
      matched.push(`${projectId} ${kind} ${position}`);
    },
    passedOver: (projectId: string, kind: VideoCallbackKind) => {
      passedOver.push(`${projectId} ${kind}`);
    },
  };
  const verifier = new CallbackVerifier({ keys });
  const verify = (kinds: readonly VideoCallbackKind[], signing: SigningOptions) => {
    const { headers, body } = signed('{}', signing);
    return verifier.verify(headers, body, kinds);
  };
  return { verify, asked, matched, passedOver, tried };
}

function counted(keys: readonly SignatureKey[], tried: SignatureKey[]): readonly SignatureKey[] {
  return keys.map((key) => ({
    ...key,
    get key() {
      tried.push(key);
      return key.key;
    },
  }));
}

const OWN_SECRETS: Secrets = { session: ['of-session-next', 'of-session'], sip: ['of-sip'], archive: ['of-archive'] };

describe('a verifier of several kinds', () => {
  it('a kind that is named twice counts once', async () => {
    const { verify, asked } = verifierOf(OWN_SECRETS);

    expect(await verify(['archive', 'archive'], { secret: 'of-archive' })).not.toHaveProperty('sharedWith');
    expect(asked).toEqual([`${PROJECT} archive`]);
  });

  it.each([
    ['of-session-next', { kind: 'session', secretPosition: 0 }],
    ['of-session', { kind: 'session', secretPosition: 1 }],
    ['of-sip', { kind: 'sip', secretPosition: 0 }],
  ])('the secret %s tells the kind', async (secret, expected) => {
    const { verify, matched } = verifierOf(OWN_SECRETS);

    const token = await verify(['session', 'sip'], { secret });
    expect(token).toMatchObject(expected);
    expect(token).not.toHaveProperty('sharedWith');
    expect(matched).toEqual([`${PROJECT} ${expected.kind} ${expected.secretPosition}`]);
  });

  it('accepts no kind that it is not asked for', async () => {
    const { verify, asked } = verifierOf(OWN_SECRETS);

    await expect(verify(['session', 'sip'], { secret: 'of-archive' })).rejects.toMatchObject({
      reason: 'signature_mismatch',
      message: 'no session or sip secret of the project made this signature',
      projectId: PROJECT,
    });
    expect(asked).toEqual([`${PROJECT} session`, `${PROJECT} sip`]);
  });

  it('names all kinds that share the secret, each with its position', async () => {
    const { verify, matched } = verifierOf({ session: ['new', 'old'], sip: ['old'], archive: ['old'] });

    expect(await verify(['session', 'sip'], { secret: 'old' })).toMatchObject({
      kind: 'session',
      secretPosition: 1,
      sharedWith: [{ kind: 'sip', secretPosition: 0 }],
    });
    expect(matched).toEqual([`${PROJECT} session 1`, `${PROJECT} sip 0`]);
  });

  it('passes the other kinds over for a genuine callback, and none for a forgery', async () => {
    const { verify, passedOver } = verifierOf({ ...OWN_SECRETS, sip: secretsUnavailable('sip', new Error('late')) });

    await expect(verify(['session', 'archive'], { secret: 'forged' })).rejects.toBeInstanceOf(CallbackRejection);
    expect(passedOver).toEqual([]);
    await verify(['session', 'archive', 'sip'], { secret: 'of-session', claims: { application_id: 'unknown' } });
    expect(passedOver).toEqual(
      expect.arrayContaining([`${PROJECT} archive`, 'unknown archive', `${PROJECT} sip`, 'unknown sip']),
    );
  });

  it('needs a key source with nothing but keysFor', async () => {
    const keys = { keysFor: (_: string, kind: VideoCallbackKind) => importSignatureKeys([`of-${kind}`]) };
    const { headers, body } = signed('{}', { secret: 'of-session' });

    expect(await new CallbackVerifier({ keys }).verify(headers, body, ['archive', 'session'])).toMatchObject({
      kind: 'session',
    });
  });

  it('does not take the secret of another project that the token names for a shared one', async () => {
    const keys = await importSignatureKeys(['shared']);
    const projects = new Map<string, VideoCallbackKind>([
      ['an-application', 'session'],
      [PROJECT, 'sip'],
    ]);
    const verifier = new CallbackVerifier({
      keys: { keysFor: (projectId, kind) => (projects.get(projectId) === kind ? keys : undefined) },
    });
    const { headers, body } = signed('{}', { secret: 'shared', claims: { application_id: 'an-application' } });
    const token = await verifier.verify(headers, body, ['session', 'sip']);

    expect(token).toMatchObject({ kind: 'session', projectId: 'an-application' });
    expect(token).not.toHaveProperty('sharedWith');
  });

  it('tries every key once on a forgery', async () => {
    const { verify, tried } = verifierOf(OWN_SECRETS);

    await expect(verify(['session', 'sip'], { secret: 'forged' })).rejects.toBeInstanceOf(CallbackRejection);
    expect(tried).toHaveLength(3);
  });

  it('accepts a kind although the secrets of another are unavailable', async () => {
    const { verify } = verifierOf({ ...OWN_SECRETS, sip: secretsUnavailable('sip', new Error('no secret')) });

    expect(await verify(['sip', 'session'], { secret: 'of-session' })).toMatchObject({ kind: 'session' });
  });

  it('is unavailable where an unavailable secret may have made the signature', async () => {
    const { verify } = verifierOf({ ...OWN_SECRETS, sip: secretsUnavailable('sip', new Error('no secret')) });

    await expect(verify(['session', 'sip'], { secret: 'of-sip' })).rejects.toMatchObject({
      name: 'SecretsUnavailableError',
    });
  });

  it('knows a project that has secrets for one of the kinds', async () => {
    const { verify } = verifierOf({ sip: ['of-sip'] });

    expect(await verify(['session', 'sip'], { secret: 'of-sip' })).toMatchObject({ kind: 'sip' });
    await expect(verify(['session', 'sip'], { secret: 'of-session' })).rejects.toMatchObject({
      reason: 'signature_mismatch',
    });
    await expect(verify(['session', 'archive'], { secret: 'of-sip' })).rejects.toMatchObject({
      reason: 'project_unknown',
      projectId: PROJECT,
    });
  });

  it('checks the claims', async () => {
    const { verify } = verifierOf(OWN_SECRETS);

    await expect(verify(['session', 'sip'], { secret: 'of-sip', claims: { iss: 'vonage' } })).rejects.toMatchObject({
      reason: 'issuer_mismatch',
      token: { secretPosition: 0 },
    });
  });

  it('finds the kind whose secret made a refused signature', async () => {
    const keys = await importSignatureKeys(['of-archive']);
    const verifier = new CallbackVerifier({
      keys: { keysFor: () => undefined, keysAtHand: (_, kind) => (kind === 'archive' ? keys : undefined) },
    });
    const { headers } = signed('{}', { secret: 'of-archive' });

    expect(await verifier.kindOfSigner(headers, ['session', 'sip'])).toBe('archive');
    expect(await verifier.kindOfSigner(headers, ['session', 'archive'])).toBeUndefined();
  });
});
