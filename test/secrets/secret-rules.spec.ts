import { describe, expect, it } from '@jest/globals';
import { VIDEO_CALLBACK_KINDS, type VideoCallbackKind } from '../../lib/callbacks/callback-kind.js';
import {
  hasOuterSpace,
  InvalidSecretError,
  isInQuotes,
  isShortSecret,
  MissingSecretError,
  secretList,
  withoutQuotes,
} from '../../lib/secrets/secret-rules.js';
import { type SecretQuery } from '../../lib/secrets/signature-secret.provider.js';
import { StaticKeys } from '../../lib/secrets/static-keys.js';
import { type SignatureKey } from '../../lib/verification/signature-key.js';
import { findSigner } from '../../lib/verification/token-signature.js';
import { genuineClaims, SECRET, signToken } from '../support/signer.js';

const invalid = (message: string) =>
  expect.objectContaining({ name: 'InvalidSecretError', code: 'ERR_CALLBACKS_INVALID_SECRET', message });
const LONGEST = 'x'.repeat(50);
const EMPTY = 'a signature secret has 1 to 50 characters. Is the environment variable for it set?';
const TWICE = [
  { name: 'a', secret: 'x' },
  { name: 'a', secret: 'y' },
];
const NO_NAME = 'must be a string of 1 to 64 printable characters.';

describe('secrets', () => {
  it('are one or a list, of 1 to 50 characters', () => {
    expect(secretList('x', 'it')).toEqual(['x']);
    expect(secretList([LONGEST, 'x'], 'it')).toEqual([LONGEST, 'x']);
  });

  it('may have names of 1 to 64 printable characters, all of them or some', () => {
    const named = ['a', 'n'.repeat(64), 'Grüße 😀'].map((name) => ({ name, secret: 'x' }));
    expect(secretList([...named, 'x'], 'it')).toEqual([...named, 'x']);
    for (const secret of named) expect(secretList(secret, 'it')).toEqual([secret]);
  });

  it.each(['\u{1f600}', '\u{20bb7}', 'ä', '\ud83d'])(
    'have as many characters as code points, each of %j being one',
    (character) => {
      const longest = character.repeat(50);
      expect(secretList(longest, 'it')).toEqual([longest]);
      expect(() => secretList(`${longest}x`, 'it')).toThrow(/^it has 51 characters: /);
    },
  );

  it.each<[secrets: unknown, message: string]>([
    [[], 'it is an empty list: name at least one signature secret.'],
    ['', `it is empty: ${EMPTY}`],
    [['x', ''], `it[1] is empty: ${EMPTY}`],
    [null, 'it is null: a signature secret is a string.'],
    [undefined, 'it is undefined: a signature secret is a string. Is the environment variable for it set?'],
    [[1], 'it[0] is number: a signature secret is a string.'],
    [
      `${LONGEST}x`,
      'it has 51 characters: Vonage takes at most 50 (counted as Unicode code points). ' +
        'Is it the signature secret of the webhook, and not a private key or the API secret?',
    ],
    [TWICE, 'it has two secrets named "a": give each a name of its own.'],
    [
      ['v', 'w', { name: 'a', secret: 'x' }, { name: 'a', secret: 'y' }],
      'it has two secrets named "a": give each a name of its own.',
    ],
    [{ name: 'a' }, 'it.secret is undefined: a signature secret is a string. Is the environment variable for it set?'],
    [[{ name: 'a', secret: '' }], `it[0].secret is empty: ${EMPTY}`],
    [{ name: 'a', secret: 'x', archive: 'y' }, 'it has more members than a name and a secret.'],
    [{ secret: 'x' }, `the name of it ${NO_NAME}`],
    [{ name: '', secret: 'x' }, `the name of it ${NO_NAME}`],
    [{ name: 7, secret: 'x' }, `the name of it ${NO_NAME}`],
    [[{ name: 'a\nb', secret: 'x' }], `the name of it[0] ${NO_NAME}`],
    [{ name: 'a\u202eb', secret: 'x' }, `the name of it ${NO_NAME}`],
    [{ name: 'n'.repeat(65), secret: 'x' }, `the name of it ${NO_NAME}`],
    [{ name: LONGEST, secret: LONGEST }, 'the name of it is the secret itself.'],
  ])('are not %j', (secrets, message) => {
    expect(() => secretList(secrets, 'it')).toThrow(invalid(message));
    expect(() => secretList(secrets, 'it')).toThrow(InvalidSecretError);
  });

  it('are short below 32 bytes, which need not be characters', () => {
    expect([SECRET, SECRET.slice(1), 'ä'.repeat(16), 'ä'.repeat(15)].map(isShortSecret)).toEqual([
      false,
      true,
      false,
      true,
    ]);
  });

  it('have white space around them on either side', () => {
    expect(['x', ' x', 'x\n', 'x x'].map(hasOuterSpace)).toEqual([false, true, true, false]);
  });

  it.each(['"', "'", '`'])('are in quotes if the same %s is at either end', (quote) => {
    expect(withoutQuotes(`${quote}x${quote}`)).toBe('x');
    expect(withoutQuotes(`${quote}${quote}x${quote}${quote}`)).toBe(`${quote}x${quote}`);
    expect(isInQuotes(`${quote}${quote}`)).toBe(true);
    for (const text of [quote, `${quote}x`, `x${quote}`, `${quote}x,`]) {
      expect(withoutQuotes(text)).toBe(text);
      expect(isInQuotes(text)).toBe(false);
    }
  });

  it('are not in quotes because they begin and end alike, nor between two that differ', () => {
    expect(['', 'x', 'xyx', '"x\'', '\'x"'].filter(isInQuotes)).toEqual([]);
  });
});

describe('secrets that are written down', () => {
  it('are those of every kind, or of each', async () => {
    const keys = await StaticKeys.of({ all: SECRET, list: ['a', 'b'], some: { sip: 'c' } });
    const signerOf = async (secret: string, projectId: string, kind: VideoCallbackKind) => {
      const token = signToken({ alg: 'HS256' }, genuineClaims(''), secret);
      return (await findSigner(token, keys.keysFor(projectId, kind) ?? [], new Date(), 60))?.key.position;
    };

    for (const kind of VIDEO_CALLBACK_KINDS) expect(await signerOf(SECRET, 'all', kind)).toBe(0);
    expect([await signerOf('a', 'list', 'sip'), await signerOf('b', 'list', 'sip')]).toEqual([0, 1]);
    expect([await signerOf('c', 'some', 'sip'), await signerOf('a', 'some', 'sip')]).toEqual([0, undefined]);
    expect(keys.keysFor('other', 'sip')).toBeUndefined();
    expect(keys.keysFor('constructor', 'sip')).toBeUndefined();
    expect(() => keys.keysFor('some', 'archive')).toThrow(
      expect.objectContaining({
        name: 'SecretsUnavailableError',
        code: 'ERR_CALLBACKS_SECRETS_UNAVAILABLE',
        message: 'the signature secrets for archive callbacks are unavailable',
        cause: expect.objectContaining({
          name: 'MissingSecretError',
          code: 'ERR_CALLBACKS_MISSING_SECRET',
          message: `projects['some'] has no secret for "archive" callbacks: add projects['some'].archive.`,
        }),
      }),
    );
  });

  it('are missed in an error that is made of the query, as a provider can throw it', () => {
    const { signal } = new AbortController();
    const query: SecretQuery = { projectId: 'some', kind: 'archive', signal };

    expect(new MissingSecretError(query).message).toBe(
      `projects['some'] has no secret for "archive" callbacks: add projects['some'].archive.`,
    );
  });

  it('report which projects are known, whether or not they have a secret for a kind', async () => {
    const keys = await StaticKeys.of({ some: { sip: 'c' } });

    expect([await keys.knowsProject('some'), await keys.knowsProject('other')]).toEqual([true, false]);
  });

  it('are all at hand, and none for a kind without a secret', async () => {
    const keys = await StaticKeys.of({ some: { sip: 'c' } });

    expect(keys.keysAtHand('some', 'sip')).toHaveLength(1);
    expect(keys.keysAtHand('some', 'archive')).toBeUndefined();
    expect(keys.keysAtHand('other', 'sip')).toBeUndefined();
  });

  it('have the one that matched in front, in a new list, of that kind alone', async () => {
    const keys = await StaticKeys.of({ some: ['new', 'old'], 'of one kind': { sip: 'c' } });
    const before = keys.keysFor('some', 'sip') ?? [];
    const [first, second] = before as [SignatureKey, SignatureKey];
    const order = (kind: VideoCallbackKind) => keys.keysFor('some', kind)?.map(({ position }) => position);
    keys.matched('some', 'sip', first);
    expect(keys.keysFor('some', 'sip')).toBe(before);
    keys.matched('some', 'sip', second);
    keys.matched('other', 'sip', second);
    keys.matched('some', 'archive', { ...second });
    keys.matched('of one kind', 'archive', second);

    expect([order('sip'), order('archive')]).toEqual([
      [1, 0],
      [0, 1],
    ]);
    expect(before).toEqual([first, second]);
  });

  it('report the kinds they are for', async () => {
    const provider = await StaticKeys.of({ one: { sip: 'a' }, two: { sip: 'b', archive: 'c' } });

    expect(provider.projectsWithout('archive')).toEqual(['one']);
    expect(provider.projectsWithout('sip')).toEqual([]);
    expect([provider.covers('sip'), provider.covers('archive'), provider.covers('captions')]).toEqual([
      true,
      true,
      false,
    ]);
  });

  it('warn about those that look like a mistake', async () => {
    const provider = await StaticKeys.of({
      fine: SECRET,
      short: { sip: ['x', SECRET], archive: SECRET, captions: 'y' },
      spaced: { sip: ` ${SECRET}` },
    });

    expect(provider.doubts).toEqual([
      `projects['short'] (sip, captions): a signature secret has less than 32 bytes. Use 32 or more for HS256.`,
      `projects['spaced'] (sip): a signature secret begins or ends with white space. Remove it if it is not part of the secret.`,
    ]);
  });

  it('warn about secrets in quotes', async () => {
    const provider = await StaticKeys.of({
      quoted: { sip: `"${SECRET}"`, archive: `'${SECRET}'`, captions: SECRET },
    });

    expect(provider.doubts).toEqual([
      `projects['quoted'] (sip, archive): a signature secret is in quotes. Remove them if they are not part of it.`,
    ]);
  });

  it.each([
    ['a space', '123 ', '"123 "'],
    ['a line break', '123\n', '"123\\n"'],
    ['a carriage return', '123\r', '"123\\r"'],
    ['a byte order mark', '\ufeff123', '"\\ufeff123"'],
    ['a space of no width', '123\u200b', '"123\\u200b"'],
    ['double quotes', '"123"', '"\\"123\\""'],
    ['single quotes', "'123'", `"'123'"`],
    ['quotes and a line break', '"123"\n', '"\\"123\\"\\n"'],
  ])('warn visibly about a project with %s around its name', async (_, projectId, shown) => {
    expect((await StaticKeys.of({ [projectId]: SECRET, '456': SECRET })).doubts).toEqual([
      `projects[${shown}]: the name has white space or quotes around it, so tokens of "123" will not find it. ` +
        'Remove them.',
    ]);
  });

  it('warn about projects that differ only in case', async () => {
    const provider = await StaticKeys.of({ 'ab-1': SECRET, 'AB-1': SECRET, 'ab-2': SECRET });

    expect(provider.doubts).toEqual([
      `projects['ab-1'] and projects['AB-1'] differ only in case. A token selects the one with the same case.`,
    ]);
  });

  it('do not warn about case where it is not the only difference', async () => {
    expect((await StaticKeys.of({ ab: SECRET, '"AB"': SECRET })).doubts).toEqual([
      expect.stringContaining('the name has white space or quotes around it'),
    ]);
    expect((await StaticKeys.of({ ss: SECRET, ß: SECRET })).doubts).toEqual([]);
  });

  it.each([
    ['123', '123\n'],
    ['123', '"123"'],
    ['ab-1', 'AB-1'],
    ['ab-1', ' Ab-1'],
  ])('find for %j what is written as %j', async (named, configured) => {
    const provider = await StaticKeys.of({ [configured]: SECRET });

    expect([named, configured, '456', 'constructor'].map((name) => provider.projectLike(name))).toEqual([
      configured,
      undefined,
      undefined,
      undefined,
    ]);
  });

  it('show a name with a line break in errors visibly', async () => {
    await expect(StaticKeys.of({ '123\n': [] })).rejects.toThrow(
      invalid('projects["123\\n"] is an empty list: name at least one signature secret.'),
    );
  });

  const NAME = 'this cannot be the name of a project: use its API key or the id of the application.';

  it.each<[projects: object, message: string]>([
    [{}, 'projects is empty: name at least one project and its signature secrets.'],
    [{ '': 'x' }, `projects['']: ${NAME} Is the environment variable for it set?`],
    [{ undefined: 'x' }, `projects['undefined']: ${NAME} Is the environment variable for it set?`],
    [{ null: 'x' }, `projects['null']: ${NAME} Is the environment variable for it set?`],
    [{ ['p'.repeat(129)]: 'x' }, `projects['${'p'.repeat(129)}']: ${NAME} Is the environment variable for it set?`],
    [{ p: null }, `projects['p'] is null: name one secret, a list of them, or one entry per kind.`],
    [
      { p: undefined },
      `projects['p'] is undefined: is the environment variable for it set? Otherwise name one secret, a list of them, or one entry per kind.`,
    ],
    [{ p: 1 }, `projects['p'] is number: name one secret, a list of them, or one entry per kind.`],
    [{ p: { sips: 'x' } }, `projects['p'].sips is not a kind of callback: use ${VIDEO_CALLBACK_KINDS.join(', ')}.`],
    [{ p: { sip: '' } }, `projects['p'].sip is empty: ${EMPTY}`],
    [{ p: [''] }, `projects['p'][0] is empty: ${EMPTY}`],
    [{ p: { sip: ['x', 'x', ''] } }, `projects['p'].sip[2] is empty: ${EMPTY}`],
    [{ p: { sip: [] } }, `projects['p'].sip is an empty list: name at least one signature secret.`],
    [{ p: { sip: 1 } }, `projects['p'].sip is number: a signature secret is a string.`],
    [{ p: { sip: null } }, `projects['p'].sip is null: a signature secret is a string.`],
    [{ p: { sip: Buffer.from('x') } }, `projects['p'].sip is object: a signature secret is a string.`],
    [{ p: [['x']] }, `projects['p'][0] is object: a signature secret is a string.`],
    [{ p: { sip: TWICE } }, `projects['p'].sip has two secrets named "a": give each a name of its own.`],
    [{ p: { name: 'a', secret: 'x', sip: 'x' } }, `projects['p'] has more members than a name and a secret.`],
    [
      { p: { toString: 'x' } },
      `projects['p'].toString is not a kind of callback: use ${VIDEO_CALLBACK_KINDS.join(', ')}.`,
    ],
    [{ p: 'x', q: '' }, `projects['q'] is empty: ${EMPTY}`],
  ])('are not %j', async (projects, message) => {
    await expect(StaticKeys.of(projects as Record<string, string>)).rejects.toThrow(invalid(message));
  });

  it('may be of a project with a name of 128 characters', async () => {
    expect((await StaticKeys.of({ ['p'.repeat(128)]: 'x' })).keysFor('p'.repeat(128), 'sip')).toHaveLength(1);
  });
});
