/** Names that every object has already, or that lead to a prototype. */
export const NAMES_OF_PROTOTYPES: readonly string[] = [
  ...Object.getOwnPropertyNames(Object.prototype),
  'prototype',
  'length',
  'then',
  'toJSON',
];
