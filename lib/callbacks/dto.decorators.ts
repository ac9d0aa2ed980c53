import { ArrayMaxSize, IsArray, IsDefined, IsObject, IsOptional, ValidateNested } from 'class-validator';
import { type DtoClass, type FieldDecorator, MAX_ELEMENTS, type NestedDto, descriptionOf } from './dto-description.js';

/** What a field that holds objects must hold. */
interface NestedRules {
  readonly nested: NestedDto;
  readonly rules: readonly FieldDecorator[];
}

type FieldRules = FieldDecorator | NestedRules;

/** A field without which the callback is of no use; `null` counts as missing. */
export function Required(...rules: readonly FieldRules[]): FieldDecorator {
  return field(false, [IsDefined(), ...rules]);
}

/** A field that may be absent or `null`, and that is left out, rather than refused, when it does not fit. */
export function Optional(...rules: readonly FieldRules[]): FieldDecorator {
  return field(true, [IsOptional(), ...rules]);
}

/** The field holds an object of the class. To be used within {@link Required} or {@link Optional}. */
export function Nested(type: () => DtoClass): NestedRules {
  return { nested: { type, list: false }, rules: [IsObject(), ValidateNested()] };
}

/**
 * The field holds a list of at most {@link MAX_ELEMENTS} objects of the class. To be used within {@link Required} or
 * {@link Optional}.
 */
export function NestedList(type: () => DtoClass): NestedRules {
  // class-validator descends into lists within lists as deep as the input goes; IsObject on each element stops that.
  const rules = [IsArray(), ArrayMaxSize(MAX_ELEMENTS), IsObject({ each: true }), ValidateNested({ each: true })];
  return { nested: { type, list: true }, rules };
}

/** The callback needs at least one of these optional fields. */
export function RequiresOneOf<T extends object>(...names: readonly (keyof T & string)[]): (type: DtoClass<T>) => void {
  return (type) => {
    descriptionOf(type.prototype).alternatives.push(names);
  };
}

/** Fields that the class does not declare are kept too, as they are. */
export function KeepsUnknownFields(): (type: DtoClass) => void {
  return (type) => {
    descriptionOf(type.prototype).keepsUnknownFields = true;
  };
}

function field(optional: boolean, given: readonly FieldRules[]): FieldDecorator {
  const rules = given.flatMap((rule) => (typeof rule === 'function' ? [rule] : rule.rules));
  const nested = given.find((rule) => typeof rule === 'object')?.nested;
  return (prototype, name) => {
    const { fields, nestedFields } = descriptionOf(prototype);
    fields.set(name, { optional, rules, nested });
    if (nested === undefined) nestedFields.delete(name);
    else nestedFields.set(name, nested);
  };
}
