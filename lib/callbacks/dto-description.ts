/** A class whose instances {@link readDto} makes; only its prototype is used. */
export interface DtoClass<T extends object = object> {
  readonly prototype: T;
}

/** Longest list that is validated: each element costs as much as a whole callback, and genuine lists have a few. */
export const MAX_ELEMENTS = 1000;

/** What makes a field of a class one that is validated. */
export type FieldDecorator = (prototype: object, name: string) => void;

/** What is remembered of one field. */
interface DtoField {
  /** Whether the object can do without the field. */
  readonly optional: boolean;
  /** The decorators of class-validator that its value must fit. */
  readonly rules: readonly FieldDecorator[];
  /** What is in the field, if it holds objects. */
  readonly nested: NestedDto | undefined;
}

/** The class of the object, or of the list's elements, in a field. */
export interface NestedDto {
  readonly type: () => DtoClass;
  readonly list: boolean;
}

/** What the decorators of a class say about it. */
export interface DtoDescription {
  readonly fields: Map<string, DtoField>;
  /** Those of the fields that hold objects. */
  readonly nestedFields: Map<string, NestedDto>;
  /** Groups of fields of which at least one must be there. */
  readonly alternatives: (readonly string[])[];
  keepsUnknownFields: boolean;
  /** Whether class-validator knows the rules of the fields. */
  isRuled: boolean;
}

const descriptions = new WeakMap<object, DtoDescription>();

/**
 * The description of a class, by its prototype: what its decorators fill and the reader reads. It starts as a copy of
 * the parent's, which is complete by then, because a class is decorated before another can extend it.
 */
export function descriptionOf(prototype: object): DtoDescription {
  const known = descriptions.get(prototype);
  if (known) return known;
  const parent: unknown = Object.getPrototypeOf(prototype);
  const inherited = typeof parent === 'object' && parent ? descriptionOf(parent) : undefined;
  const description: DtoDescription = {
    fields: new Map(inherited?.fields),
    nestedFields: new Map(inherited?.nestedFields),
    alternatives: [...(inherited?.alternatives ?? [])],
    keepsUnknownFields: inherited?.keepsUnknownFields ?? false,
    isRuled: false,
  };
  descriptions.set(prototype, description);
  return description;
}
