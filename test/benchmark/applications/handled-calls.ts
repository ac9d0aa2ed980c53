let handled = 0;

/** To be called by the handler of every application: what was answered and not counted here is lost. */
export function countHandled(): void {
  handled += 1;
}

/** How often a handler was called since the process began. */
export function handledCalls(): number {
  return handled;
}
