import { describe, expect, it } from '@jest/globals';
import { VIDEO_CALLBACK_KINDS } from '../../lib/index.js';
import { PLATFORMS } from '../support/application.js';
import { takeHandled } from '../support/kinds.controller.js';
import { PAYLOADS } from '../support/payloads.js';
import { PROJECT, signed } from '../support/signer.js';
import { useApplication } from '../support/use-application.js';
import { expectAccepted, expectRefused } from '../support/verdict.js';

const oneSecretPerKind = Object.fromEntries(VIDEO_CALLBACK_KINDS.map((kind) => [kind, `the-secret-of-${kind}`]));

const archive = (secret: string) => signed(PAYLOADS.archive, { secret });

const TEXTS: [behaviour: string, secret: string, refused: string[]][] = [
  ['one character', 'x', ['', 'X', 'xx']],
  ['50 characters', '0123456789'.repeat(5), ['0123456789'.repeat(5).slice(0, 49), `${'0123456789'.repeat(5)}0`]],
  ['letters beyond ASCII', 'Grüße-привет-你好-✓-😀', ['Grusse', latin1('Grüße-привет-你好-✓-😀')]],
  ['a composed letter', 'caf\u00e9', ['cafe', 'cafe\u0301']],
  ['white space around it', ' a secret ', ['a secret', ' a secret', 'a secret ']],
  ['a line break', 'a\nsecret', ['a secret', 'a\r\nsecret']],
  ['a zero byte', 'a\0secret', ['a', 'asecret']],
  ['characters of base64', base64('a-signature-secret-of-32-bytes!!'), ['a-signature-secret-of-32-bytes!!']],
  ['hex digits', '6b6579206f6620686578', ['key of hex']],
  ['the look of a key in PEM', '-----BEGIN PUBLIC KEY-----', ['BEGIN PUBLIC KEY']],
];

function base64(text: string): string {
  return Buffer.from(text).toString('base64');
}

/** What a reader of the wrong encoding would make of the text. */
function latin1(text: string): string {
  return Buffer.from(text).toString('latin1');
}

describe.each(PLATFORMS)('on %s', (platform) => {
  describe.each(TEXTS)('a secret with %s', (_, secret, refused) => {
    const running = useApplication({ platform, options: { projects: { [PROJECT]: secret } } });

    it('signs as it stands, in UTF-8', async () => {
      await expectAccepted(running(), archive(secret));
    });

    it.each(refused)('is not the same as %j', (other) =>
      expectRefused(running(), archive(other), 'signature_mismatch'),
    );
  });

  describe('during a rotation', () => {
    const [NEXT, CURRENT, OLD] = ['the-next-secret', 'the-current-secret', 'an-old-secret'] as const;
    const running = useApplication({
      platform,
      options: { projects: { [PROJECT]: { ...oneSecretPerKind, archive: [NEXT, CURRENT] } } },
    });

    it.each([
      [NEXT, 0],
      [CURRENT, 1],
      [NEXT, 0],
      [CURRENT, 1],
      [CURRENT, 1],
    ])(
      '%s signs, and is reported as number %d of the list, whichever signed before',
      async (secret, secretPosition) => {
        await expectAccepted(running(), archive(secret));

        expect(running().observed.outcomes.accepted.at(-1)).toMatchObject({ secretPosition });
      },
    );

    it('no third secret signs', () => expectRefused(running(), archive(OLD), 'signature_mismatch'));

    it('the list is that of its kind alone', () =>
      expectRefused(
        running(),
        signed(PAYLOADS.session, { secret: CURRENT }),
        'signature_mismatch',
        '/callbacks/session',
      ));

    it('none of 200 concurrent callbacks that the two sign in turn is refused', async () => {
      const sent = Array.from({ length: 200 }, (_, index) => archive(index % 2 === 0 ? NEXT : CURRENT));
      const statuses = await Promise.all(
        sent.map(async (request) => (await running().post('/callbacks/archive', request)).status),
      );

      expect(statuses.filter((status) => status !== 204)).toEqual([]);
      expect(takeHandled()).toHaveLength(200);
      const positions = running()
        .observed.outcomes.accepted.slice(-200)
        .map(({ secretPosition }) => secretPosition);
      expect(positions.filter((position) => position === 0)).toHaveLength(100);
    });
  });
});
