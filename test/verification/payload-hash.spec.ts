import { describe, expect, it } from '@jest/globals';
import { explainPayload, payloadDigest, payloadMismatch } from '../../lib/verification/payload-hash.js';
import { callbackFixtures } from '../../lib/testing/callback-fixture.js';
import { sha256 } from '../support/signer.js';

const VALUE = { id: 'x', url: 'https://a.example/é', list: [1, 2], text: 'a, b: "c"' };
const COMPACT = JSON.stringify(VALUE);
const PRETTY = JSON.stringify(VALUE, null, 2);
const ASCII = COMPACT.replace('é', '\\u00e9');
const PYTHON = '{"id": "x", "url": "https://a.example/é", "list": [1, 2], "text": "a, b: \\"c\\""}';

const SORTED =
  'its keys are in alphabetical order, which those of Vonage are not: something prints JSON with sorted keys, unless it ' +
  'is another body';
const ANOTHER = 'it is another body: the same JSON, printed in any usual way, has another hash';

/** A copy whose objects have their members in the order of their names. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([one], [other]) => (one < other ? -1 : 1))
      .map(([name, member]) => [name, sorted(member)]),
  );
}

describe('the hash of a body', () => {
  const digest = payloadDigest(Buffer.from('body'));

  it('is SHA-256', () => {
    expect(digest.toString('hex')).toBe(sha256('body'));
  });

  it('agrees with the signed one in any case of its digits', () => {
    expect(payloadMismatch(sha256('body'), digest, 4)).toBeUndefined();
    expect(payloadMismatch(sha256('body').toUpperCase(), digest, 4)).toBeUndefined();
  });

  it.each([sha256('Body'), '', sha256('body').slice(2), `${sha256('body')}00`])('does not agree with %j', (signed) => {
    expect(payloadMismatch(signed, digest, 4)).toBe(
      `the body that arrived (4 bytes, SHA-256 ${sha256('body')}) is not the one that was signed (SHA-256 ${signed}): ` +
        'something between Vonage and this process rewrites it (a proxy, a body parser)',
    );
  });
});

describe('what became of a body whose keys were sorted', () => {
  const payloads = callbackFixtures().map(({ kind, event, payload }) => [`${kind}/${event}`, payload] as const);

  it.each(payloads)('is found out of %s', (_, payload) => {
    const signedHash = sha256(JSON.stringify(payload));

    for (const indentation of [undefined, 2]) {
      const arrived = Buffer.from(JSON.stringify(sorted(payload), null, indentation));
      expect(explainPayload(arrived, signedHash)).toBe(SORTED);
      expect(explainPayload(Buffer.from(JSON.stringify(payload)), sha256('another'))).toBe(ANOTHER);
    }
  });

  it.each([
    ['two keys', { a: 1, b: 2 }],
    ['an object among them that is not', { a: 1, b: 2, c: 3, d: 4, e: [{ b: 1, a: 2 }] }],
    ['keys of lists, which are numbers', [1, 2, 3, 4, 5, 6]],
    ['keys that are sorted but for the last', { a: 1, b: 2, c: 3, d: 4, e: 5, aa: 6 }],
  ])('is not supposed of %s', (_, body) => {
    expect(explainPayload(Buffer.from(JSON.stringify(body)), sha256('y'))).toBe(ANOTHER);
  });

  it.each([
    ['three keys', { a: 1, b: 2, c: 3 }],
    ['capital letters, which come first', { A: 1, B: 2, a: 3 }],
    ['an empty key, which comes before any other', { '': 1, a: 2, b: 3 }],
    ['an object within another', { a: { a: 1, b: 2, c: 3 } }],
  ])('is supposed of %s', (_, body) => {
    expect(explainPayload(Buffer.from(JSON.stringify(body)), sha256('y'))).toBe(SORTED);
  });

  it('is not claimed where the hash proves something else', () => {
    const body = JSON.stringify({ a: 1, b: 2, c: 3, d: 4, e: 5 });
    expect(explainPayload(Buffer.from(`${body}\n`), sha256(body))).toContain('line ends were added');
  });
});

describe('what became of a body', () => {
  it('is found out in no time, also of a body of nothing but line ends and one letter', () => {
    const started = performance.now();
    explainPayload(Buffer.from(`${'\r'.repeat(64_000)}x`), sha256('y'));

    expect(performance.now() - started).toBeLessThan(1000);
  });

  it('takes little time to find out for 64 KiB, nested deeply and wide', () => {
    const deepAndWide = `${'['.repeat(3000)}1${',1'.repeat(29_000)}${']'.repeat(3000)}`;
    const started = performance.now();

    expect(explainPayload(Buffer.from(deepAndWide), sha256('y'))).toBe(
      'it is another body, or was indented: not every way of printing it was tried, because it is nested too deeply',
    );
    expect(performance.now() - started).toBeLessThan(2000);
  });

  it('is found out of a body that is nested deeply and not wide', () => {
    const value: unknown = JSON.parse(`{"text":"${'x'.repeat(1000)}","list":${'['.repeat(50)}${']'.repeat(50)}}`);

    expect(explainPayload(Buffer.from(JSON.stringify(value)), sha256(JSON.stringify(value, null, 4)))).toContain(
      'the body was re-serialised',
    );
  });

  const lists = (depth: number, inner: string[] = []) => `${'['.repeat(depth)}${inner.join()}${']'.repeat(depth)}`;
  const objects = (depth: number) => `${'{"":'.repeat(depth - 1)}{}${'}'.repeat(depth - 1)}`;

  it.each([
    ['lists', lists(8), lists(9)],
    ['objects', objects(19), objects(20)],
    ['long lists', lists(7, Array<string>(100).fill('""')), lists(10, Array<string>(100).fill('1'))],
  ])('is found out of indented %s as long as indentation is at most 4 levels a character', (_, shallow, deep) => {
    const explained = (body: string) =>
      explainPayload(Buffer.from(body), sha256(JSON.stringify(JSON.parse(body), null, 2)));

    expect(explained(shallow)).toContain('the body was re-serialised');
    expect(explained(deep)).toContain('it is another body, or was indented: not every way of printing it was tried');
  });

  it.each([
    [
      'printed with indentation',
      COMPACT,
      PRETTY,
      'the body was re-serialised: it has 30 bytes more than the signed one',
    ],
    ['printed compactly', PRETTY, COMPACT, 'the body was re-serialised: it has 30 bytes fewer than the signed one'],
    ['printed compactly, spaces lost', PYTHON, COMPACT, 'the body was re-serialised: it has 8 bytes fewer'],
    ['indented, a line end lost', `${PRETTY}\n`, COMPACT, 'the body was re-serialised: it has 31 bytes fewer'],
    ['printed compactly, tabs lost', JSON.stringify(VALUE, null, '\t'), COMPACT, 'the body was re-serialised'],
    ['printed compactly, one space moved', '{"a": 1}', '{"a":1 }', 're-serialised: it has as many bytes as the signed'],
    [
      'printed compactly behind a byte order mark',
      PRETTY,
      `\uFEFF${COMPACT}`,
      'the body was re-serialised: it has 27 bytes fewer',
    ],
    [
      'given a line end',
      COMPACT,
      `${COMPACT}\n`,
      'line ends were added to or removed from the end of the body: it has 1 byte more',
    ],
    [
      'given a line end of CRLF',
      COMPACT,
      `${COMPACT}\r\n`,
      'line ends were added to or removed from the end of the body: it has 2 bytes more',
    ],
    [
      'robbed of its line end',
      `${COMPACT}\n`,
      COMPACT,
      'line ends were added to or removed from the end of the body: it has 1 byte fewer',
    ],
    [
      'nothing, and given a line end',
      '',
      '\n',
      'line ends were added to or removed from the end of the body: it has 1 byte more',
    ],
    [
      'robbed of its line end of CRLF',
      `${COMPACT}\r\n`,
      COMPACT,
      'line ends were added to or removed from the end of the body: it has 2 bytes fewer',
    ],
    [
      'given line ends of CRLF',
      PRETTY,
      PRETTY.replaceAll('\n', '\r\n'),
      'the line ends within the body were changed: it has 8 bytes more',
    ],
    [
      'given line ends of LF',
      PRETTY.replaceAll('\n', '\r\n'),
      PRETTY,
      'the line ends within the body were changed: it has 8 bytes fewer',
    ],
    [
      'given a byte order mark',
      COMPACT,
      `\uFEFF${COMPACT}`,
      'a byte order mark was put in front of the body: it has 3 bytes more',
    ],
    [
      'robbed of escaped slashes',
      COMPACT.replaceAll('/', '\\/'),
      COMPACT,
      'the escapes in the body were rewritten: it has 3 bytes fewer',
    ],
    ['robbed of escaped letters', ASCII, COMPACT, 'the escapes in the body were rewritten: it has 4 bytes fewer'],
    [
      'robbed of escaped letters and slashes',
      ASCII.replaceAll('/', '\\/'),
      COMPACT,
      'the escapes in the body were rewritten: it has 7 bytes fewer',
    ],
    [
      'robbed of escaped letters and of spaces',
      PYTHON.replace('é', '\\u00e9'),
      COMPACT,
      'the escapes in the body were rewritten: it has 12 bytes fewer',
    ],
    [
      'read in another encoding',
      COMPACT,
      Buffer.from(COMPACT).toString('latin1'),
      'the body was read as Latin-1 and written as UTF-8: it has 2 bytes more',
    ],
    ['lost at the signer', '', COMPACT, 'the signed hash is that of an empty body'],
    [
      'replaced',
      '{"id":"y"}',
      COMPACT,
      'it is another body: the same JSON, printed in any usual way, has another hash',
    ],
    ['given a byte order mark within a string', '{"a":"b"}', '{"a":"\uFEFFb"}', 'it is another body'],
    [
      'cut',
      COMPACT,
      COMPACT.slice(0, -1),
      'the body is not even JSON that can be printed: it was cut, compressed or replaced',
    ],
    [
      'nested too deeply',
      '{}',
      '['.repeat(100_000) + ']'.repeat(100_000),
      'the body is not even JSON that can be printed',
    ],
  ])('that was %s is found out', (_, signedBody, arrived, explanation) => {
    expect(explainPayload(Buffer.from(arrived), sha256(signedBody))).toContain(explanation);
  });
});
