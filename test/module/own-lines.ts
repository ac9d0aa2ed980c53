import { type KeptLogs } from '../support/logs.js';

/** The lines that this module wrote at one level, without level and context. */
export function ownLines(logs: KeptLogs, level: 'log' | 'warn' | 'error'): string[] {
  return logs.of(level).flatMap((line) => {
    // Nest hands over a stack that is undefined if an error is logged without one.
    const [, text] = /^\w+ (.*?)(?: undefined)? VideoCallbacks$/s.exec(line) ?? [];
    return text === undefined ? [] : [text];
  });
}
