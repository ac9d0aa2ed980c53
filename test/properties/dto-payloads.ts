import fc from 'fast-check';
import { CATALOGUE } from '../../lib/callbacks/catalogue.js';
import { type DtoClass, descriptionOf, type FieldRule } from '../../lib/callbacks/dto.decorators.js';
import { type JsonObject } from '../../lib/callbacks/json-object.js';
import { NAMES_OF_PROTOTYPES } from './names-of-prototypes.js';

/** What the class declares and inherits. */
export const fieldsOf = (type: DtoClass) => [...descriptionOf(type.prototype).fields.values()];

/** A class and those of the objects in it. */
const withNested = (type: DtoClass): DtoClass[] => [
  type,
  ...fieldsOf(type).flatMap(({ rule }) => (rule.holds === 'value' ? [] : withNested(rule.type()))),
];

/** Every class of the catalogue. */
export const CLASSES = [
  ...new Set(
    Object.values<{ byEvent: ReadonlyMap<unknown, DtoClass>; otherwise: DtoClass }>(CATALOGUE)
      .flatMap(({ byEvent, otherwise }) => [...byEvent.values(), otherwise])
      .flatMap(withNested),
  ),
].map((type) => ({ type, name: type.prototype.constructor.name }));

const TEXTS = [
  ...['', 'text', '0', '12', '12.5', '-1', ' 7 ', '7\n', '1e3', '0x10', '007', '.5', '5.', '+1', 'NaN', 'Infinity'],
  ...['9007199254740991', '9007199254740993', '-9007199254740993', '99999999999999999999.5'],
];
const NUMBERS = [0, -0, 1, -1, 1.5, 1700000000123, Number.MAX_SAFE_INTEGER, 2 ** 53, 1e21, Infinity, -Infinity];

const scalar = fc.oneof(fc.constantFrom<unknown>(...TEXTS, ...NUMBERS, true, false, null), fc.string(), fc.double());
const anything = fc.oneof(scalar, fc.constantFrom({}, [], [1], [[]], [{}], { id: [] }, { a: { id: 'b' } }));

function valueFor(rule: FieldRule): fc.Arbitrary<unknown> {
  if (rule.holds === 'value') return fc.oneof({ arbitrary: fc.constantFrom('text', '12', 12), weight: 5 }, anything);
  const element = fc.oneof({ arbitrary: payloadFor(rule.type()), weight: 8 }, anything);
  return fc.oneof(
    { arbitrary: element, weight: rule.holds === 'object' ? 9 : 1 },
    { arbitrary: fc.array(element, { maxLength: 3 }), weight: 5 },
    { arbitrary: fc.dictionary(fc.constantFrom('a', '7', '__proto__'), element, { maxKeys: 2 }), weight: 3 },
    anything,
  );
}

/** A JSON object with fields of a class, of the right type or another, and with fields that it does not declare. */
export function payloadFor(type: DtoClass): fc.Arbitrary<JsonObject> {
  const fields = fieldsOf(type);
  const declared = fc.record(Object.fromEntries(fields.map(({ name, rule }) => [name, valueFor(rule)])), {
    requiredKeys: [],
  });
  // Most of the time with what is required, or little would be accepted.
  const required = fc.record(
    Object.fromEntries(fields.filter(({ isRequired }) => isRequired).map(({ name, rule }) => [name, valueFor(rule)])),
  );
  const unknown = fc.dictionary(fc.constantFrom('unknown', ...NAMES_OF_PROTOTYPES), anything, { maxKeys: 3 });
  return fc
    .tuple(unknown, fc.oneof({ arbitrary: required, weight: 5 }, fc.constant({})), declared)
    .map((parts) => Object.fromEntries(parts.flatMap((part) => Object.entries(part))));
}
