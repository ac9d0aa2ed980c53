import { afterEach, beforeEach } from '@jest/globals';

const EVENTS = ['uncaughtException', 'unhandledRejection'] as const;

/** What would have ended the process during a test. */
export function useFatal(): () => readonly unknown[] {
  const fatal: unknown[] = [];
  const keep = (error: unknown): void => {
    fatal.push(error);
  };
  beforeEach(() => {
    fatal.length = 0;
    for (const event of EVENTS) process.on(event, keep);
  });
  afterEach(() => {
    for (const event of EVENTS) process.off(event, keep);
  });
  return () => fatal;
}
