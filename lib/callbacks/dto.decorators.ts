import { IsArray, IsDefined, IsObject, IsOptional, ValidateNested } from 'class-validator';
import { type DtoClass, type DtoField, type NestedDto, descriptionOf } from './dto-description.js';

type FieldDecorator = (prototype: object, name: string) => void;

/** A field without which the callback is of no use; `null` counts as missing. */
export function Required(...decorators: readonly FieldDecorator[]): FieldDecorator {
  return field({ optional: false }, [IsDefined(), ...decorators]);
}

/** A field that may be absent or `null`, and that is set aside, rather than refused, when it does not fit. */
export function Optional(...decorators: readonly FieldDecorator[]): FieldDecorator {
  return field({ optional: true }, [IsOptional(), ...decorators]);
}

/** The field holds an object of the class. To be used within {@link Required} or {@link Optional}. */
export function Nested(type: () => DtoClass): FieldDecorator {
  return nested({ type, list: false }, [IsObject(), ValidateNested()]);
}

/** The field holds a list of objects of the class. To be used within {@link Required} or {@link Optional}. */
export function NestedList(type: () => DtoClass): FieldDecorator {
  // class-validator descends into lists within lists as deep as the input goes; IsObject on each element stops that.
  return nested({ type, list: true }, [IsArray(), IsObject({ each: true }), ValidateNested({ each: true })]);
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

function field(presence: DtoField, decorators: readonly FieldDecorator[]): FieldDecorator {
  return (prototype, name) => {
    descriptionOf(prototype).fields.set(name, presence);
    for (const decorate of decorators) decorate(prototype, name);
  };
}

function nested(within: NestedDto, decorators: readonly FieldDecorator[]): FieldDecorator {
  return (prototype, name) => {
    const { fields, nestedFields } = descriptionOf(prototype);
    fields.set(name, { optional: fields.get(name)?.optional ?? true, nested: within });
    nestedFields.set(name, within);
    for (const decorate of decorators) decorate(prototype, name);
  };
}
