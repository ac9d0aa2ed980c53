import {
  isBoolean,
  isNumber,
  isString,
  Validate,
  type ValidationArguments,
  ValidatorConstraint,
  type ValidatorConstraintInterface,
} from 'class-validator';

// Class-validator's own decorators make a class of constraint for each field, and search a list of them all for each
// field of each callback. One class for each rule makes that list short, which is a good part of the time.

@ValidatorConstraint({ name: 'isString' })
class StringConstraint implements ValidatorConstraintInterface {
  validate(value: unknown): boolean {
    return isString(value);
  }

  defaultMessage(): string {
    return '$property must be a string';
  }
}

@ValidatorConstraint({ name: 'isText' })
class TextConstraint implements ValidatorConstraintInterface {
  validate(value: unknown): boolean {
    return isString(value) && value !== '';
  }

  defaultMessage({ value }: ValidationArguments): string {
    return value === '' ? '$property should not be empty' : '$property must be a string';
  }
}

@ValidatorConstraint({ name: 'isNumberOrString' })
class NumberOrStringConstraint implements ValidatorConstraintInterface {
  validate(value: unknown): boolean {
    return isNumber(value) || isString(value);
  }

  defaultMessage(): string {
    return '$property must be a number or a string';
  }
}

@ValidatorConstraint({ name: 'isBoolean' })
class BooleanConstraint implements ValidatorConstraintInterface {
  validate(value: unknown): boolean {
    return isBoolean(value);
  }

  defaultMessage(): string {
    return '$property must be a boolean value';
  }
}

/** Any text, the empty one too. */
export function IsString(): PropertyDecorator {
  return Validate(StringConstraint);
}

/** A text that says something: ids, events and statuses are worthless when empty. */
export function IsText(): PropertyDecorator {
  return Validate(TextConstraint);
}

/** A field that Vonage sends as a number in one environment and as text in another; it is kept as it came. */
export function IsNumberOrString(): PropertyDecorator {
  return Validate(NumberOrStringConstraint);
}

/** `true` or `false`. */
export function IsBoolean(): PropertyDecorator {
  return Validate(BooleanConstraint);
}
