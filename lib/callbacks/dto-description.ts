/** A class whose instances {@link readDto} makes; only its prototype is used. */
export interface DtoClass<T extends object = object> {
  readonly prototype: T;
}

/** What is remembered of one field. */
export interface DtoField {
  /** Whether the object can do without the field. */
  readonly optional: boolean;
  /** What is in the field, if it holds objects. */
  readonly nested?: NestedDto;
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
  };
  descriptions.set(prototype, description);
  return description;
}
