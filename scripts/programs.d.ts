/** The path of this machine's Chromium; `undefined` if there is none. */
export function findChromium(): string | undefined;
