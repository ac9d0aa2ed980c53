import { type DtoClass, descriptionOf } from './dto-description.js';

/**
 * Registers the rules of a class and of all classes within it with class-validator. Inherited rules become the class's
 * own: class-validator would collect those of parents again for each callback, which is slow.
 */
export function applyRules({ prototype }: DtoClass): void {
  const description = descriptionOf(prototype);
  if (description.isRuled) return;
  description.isRuled = true;
  for (const [name, { rules, nested }] of description.fields) {
    for (const rule of rules) rule(prototype, name);
    if (nested !== undefined) applyRules(nested.type());
  }
}
