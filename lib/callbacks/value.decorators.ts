import { IsNotEmpty, IsString, ValidateBy, isNumber, isString } from 'class-validator';

/** A text that says something: ids, events and statuses are worthless when empty. */
export function IsText(): PropertyDecorator {
  const decorators = [IsString(), IsNotEmpty()];
  return (prototype, name) => {
    for (const decorate of decorators) decorate(prototype, name);
  };
}

/** A field that Vonage sends as a number in one environment and as text in another; it is kept as it came. */
export function IsNumberOrString(): PropertyDecorator {
  return ValidateBy({
    name: 'isNumberOrString',
    validator: {
      validate: (value: unknown) => isNumber(value) || isString(value),
      defaultMessage: () => '$property must be a number or a string',
    },
  });
}
