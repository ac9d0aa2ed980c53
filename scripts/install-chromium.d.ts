/** Where this machine's Chromium is; `undefined` if there is none. */
export function findChromium(): string | undefined;

/** Says whether Chromium is there, after it tried to install it. */
export function installChromium(): boolean;
