import { type DtoClass, descriptionOf } from './dto-description.js';

/**
 * Tells class-validator the rules of a class and of all classes within it, those of inherited fields as the class's own:
 * those of parents it would gather anew at each callback, which takes it a good part of its time.
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
