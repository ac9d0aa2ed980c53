import fc from 'fast-check';
import { type VideoCallbackKind } from '../../lib/index.js';
import { PAYLOADS } from '../support/payloads.js';

/** A long text, and how it was made: a failure prints the latter. */
class HostileText {
  constructor(
    readonly text: string,
    private readonly choices: readonly unknown[],
  ) {}

  [fc.toStringMethod](): string {
    return fc.stringify(this.choices);
  }
}

/** What readers stop at, escape, count or look behind. */
const PIECES = [
  ...[' ', '\t', '\r', '\n', '\r\n', ':', ',', '.', '=', '-', '/', '\\', '"', "'", '%', '{', '[', '}', '0', 'a', 'é'],
  ...['\u0000', '\u2028', '\ufeff', '\u{1f600}', 'a: b\n', 'a:b\r\n', '1\r\n1\r\n', '__proto__', '\\u0061'],
];

const fill = (piece: string, length: number): string => piece.repeat(Math.max(0, Math.floor(length / piece.length)));

/** Pieces in a row, each once or very often, so that a pattern which can match them in several ways tries them all. */
export const repetitions = (length: number): fc.Arbitrary<HostileText> =>
  fc.array(fc.tuple(fc.constantFrom(...PIECES), fc.boolean()), { minLength: 1, maxLength: 4 }).map((pieces) => {
    const parts = pieces.map(([piece, once]) => (once ? piece : fill(piece, length / pieces.length)));
    return new HostileText(parts.join(''), pieces);
  });

const VALUES = [
  ...['1', 'null', '1e20', '""', '{}', '[]', '"é/"', '"\\u0000\\n\\""', '{"__proto__":1}', '[[1],[2]]'],
  '{"id":1,"status":{}}',
];

const BRACKETS = [
  ['[', ']'],
  ['{"a":', '}'],
  ['[{"":', '}]'],
] as const;

const TEXT_UNITS = ['x', ' ', '/', 'é', '\u2028', '\u{1f600}', '\\n', '\\/', '\\"', '\\\\', '\\u00e9', '\\ud800'];

/** A list, as long as it can be at its depth. */
const nested = (length: number): fc.Arbitrary<HostileText> =>
  fc
    .tuple(fc.constantFrom(0, 5, 100, 1000, 3000, length / 8), fc.constantFrom(...BRACKETS), fc.constantFrom(...VALUES))
    .map(([depth, [open, close], value]) => {
      const list = `[${fill(`${value},`, length - depth * (open.length + close.length))}${value}]`;
      return new HostileText(open.repeat(depth) + list + close.repeat(depth), [depth, open, value]);
    });

const manyKeys = (length: number): fc.Arbitrary<HostileText> =>
  fc.tuple(fc.constantFrom('', 'k', 'é', '\\u0061'), fc.constantFrom(...VALUES)).map(([prefix, value]) => {
    const count = Math.floor(length / (prefix.length + value.length + 9));
    const members = Array.from({ length: count }, (_, index) => `"${prefix}${index}":${value}`);
    return new HostileText(`{${members.join(',')}}`, [prefix, value]);
  });

const longText = (length: number): fc.Arbitrary<HostileText> =>
  fc.constantFrom(...TEXT_UNITS).map((unit) => new HostileText(`"${fill(unit, length)}"`, [unit]));

const blanks = (length: number): fc.Arbitrary<HostileText> =>
  fc
    .constantFrom(' ', '\t', '\r', '\r\n')
    .map((blank) => new HostileText(`[1,${fill(blank, length)}2]`, ['blanks', blank]));

/** The text of a JSON document that is deep, wide, both, or long in its texts, names or white space. */
export const hostileJson = (length: number): fc.Arbitrary<HostileText> =>
  fc.oneof({ arbitrary: nested(length), weight: 4 }, manyKeys(length), longText(length), blanks(length));

const FIELDS = ['streams', 'connection', 'stream', 'call', 'settings', 'broadcastUrls', 'status', 'event', 'unknown'];

const manyObjects = (length: number): fc.Arbitrary<HostileText> =>
  fc
    .constantFrom('{}', '{"streamId":"a"}', '{"streamId":"a","hasAudio":1}')
    .map((value) => new HostileText(`[${fill(`${value},`, length)}{}]`, [value]));

/** The text of a payload of a kind, one of whose fields is such a document. */
export const hostilePayload = (kind: VideoCallbackKind, length: number): fc.Arbitrary<HostileText> =>
  fc
    .oneof(
      { arbitrary: fc.tuple(fc.constantFrom(...FIELDS), hostileJson(length)), weight: 3 },
      fc.tuple(fc.constant('streams'), manyObjects(length)),
    )
    .map(([field, json]) => {
      const text = `${JSON.stringify(PAYLOADS[kind]).slice(0, -1)},"${field}":${json.text}}`;
      return new HostileText(text, [kind, field, json]);
    });
