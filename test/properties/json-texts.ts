import fc from 'fast-check';
import { NAMES_OF_PROTOTYPES } from './names-of-prototypes.js';

const name = fc.oneof(
  fc.constantFrom(...NAMES_OF_PROTOTYPES),
  fc.string(),
  fc.string({ unit: 'binary', maxLength: 3 }),
);

const quoted = (text: string): string => JSON.stringify(text);

/** Every character as an escape, so that a search for its letters does not find the name. */
const escaped = (text: string): string =>
  `"${[...Array(text.length).keys()].map((at) => `\\u${text.charCodeAt(at).toString(16).padStart(4, '0')}`).join('')}"`;

const number = fc.oneof(
  fc.double({ noNaN: true, noDefaultInfinity: true }).map(String),
  fc.constantFrom('-0', '1e999', '-1e999', '1e-999', '9'.repeat(400), '0.1e-400', '9007199254740993'),
);

const nesting = fc
  .tuple(fc.constantFrom(10, 1000, 5000), fc.constantFrom(['[', ']'], ['{"a":', '}'], ['[{"":', '}]']))
  .map(([depth, [open = '', close = '']]) => `${open.repeat(depth)}0${close.repeat(depth)}`);

/**
 * The text of any JSON document: with names that occur twice, that every object has or that are spelled in escapes,
 * with numbers of any size and with much nesting.
 */
export const jsonText = ({ deep = true } = {}): fc.Arbitrary<string> =>
  fc.letrec<{ value: string; object: string; list: string; scalar: string }>((tie) => ({
    value: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      { arbitrary: tie('scalar'), weight: 5 },
      { arbitrary: tie('object'), weight: 3 },
      { arbitrary: tie('list'), weight: 2 },
      ...(deep ? [{ arbitrary: nesting, weight: 1 }] : []),
    ),
    scalar: fc.oneof(
      fc.constantFrom('null', 'true', 'false', '""', '{}', '[]'),
      number,
      fc.string({ unit: 'binary' }).map(quoted),
      fc.string().map(escaped),
    ),
    object: fc
      .array(fc.tuple(name, fc.boolean(), tie('value')), { maxLength: 5 })
      .map((members) => `{${members.map(([n, plain, v]) => `${plain ? quoted(n) : escaped(n)}:${v}`).join(',')}}`),
    list: fc.array(tie('value'), { maxLength: 4 }).map((values) => `[${values.join(',')}]`),
  })).value;

/** Members of an object, as JSON to put between its braces. */
export const jsonMembers = (): fc.Arbitrary<string> =>
  fc
    .array(fc.tuple(name, jsonText({ deep: false })), { maxLength: 6 })
    .map((members) => members.map(([n, v]) => `${quoted(n)}:${v}`).join(','));
