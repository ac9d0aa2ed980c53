/**
 * Parses JSON and leaves out every member named `__proto__`, so that copying or merging the result cannot change a
 * prototype.
 *
 * @throws {SyntaxError} if the text is not JSON
 */
export function parseJsonText(text: string): unknown {
  const value: unknown = JSON.parse(text);
  // The name can also be written with escapes.
  if (text.includes('__proto__') || text.includes('\\u')) removePrototypeMembers(value);
  return value;
}

/** Not recursive: a sender could overflow the stack with a deeply nested document. */
function removePrototypeMembers(root: unknown): void {
  const pending = [root];
  for (let value = pending.pop(); value !== undefined; value = pending.pop()) {
    if (typeof value !== 'object' || value === null) continue;
    Reflect.deleteProperty(value, '__proto__');
    for (const member of Object.values(value)) pending.push(member);
  }
}
