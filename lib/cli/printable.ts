const MAX_LENGTH = 200;

/**
 * Text that a stranger may have chosen, made harmless for a terminal: on one line, without control or invisible
 * characters, cut when it is long.
 */
export function printable(text: string, maxLength: number = MAX_LENGTH): string {
  const visible = text.slice(0, maxLength + 1).replace(/[\p{C}\p{Zl}\p{Zp}]/gu, '?');
  return visible.length > maxLength ? `${visible.slice(0, maxLength)}…` : visible;
}
