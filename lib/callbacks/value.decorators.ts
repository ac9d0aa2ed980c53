import {
  isBoolean,
  isNumber,
  isString,
  Validate,
  type ValidationArguments,
  ValidatorConstraint,
  type ValidatorConstraintInterface,
} from 'class-validator';

/** Any text, the empty one too. */
export const IsString = rule('isString', isString, () => 'must be a string');

/** A text that says something: ids, events and statuses are worthless when empty. */
export const IsText = rule(
  'isText',
  (value) => isString(value) && value !== '',
  (value) => (value === '' ? 'should not be empty' : 'must be a string'),
);

/** A field that Vonage sends as a number in one environment and as text in another; it is kept as it came. */
export const IsNumberOrString = rule(
  'isNumberOrString',
  (value) => isNumber(value) || isString(value),
  () => 'must be a number or a string',
);

/** `true` or `false`. */
export const IsBoolean = rule('isBoolean', isBoolean, () => 'must be a boolean value');

/**
 * A rule with one class of constraint for all its fields. Class-validator's own decorators make one for each field, and
 * search a list of them all for each field of each callback: a short list is a good part of the time.
 */
function rule(
  name: string,
  fits: (value: unknown) => boolean,
  demand: (value: unknown) => string,
): () => PropertyDecorator {
  @ValidatorConstraint({ name })
  class Constraint implements ValidatorConstraintInterface {
    validate(value: unknown): boolean {
      return fits(value);
    }

    defaultMessage({ value }: ValidationArguments): string {
      return `$property ${demand(value)}`;
    }
  }
  return () => Validate(Constraint);
}
