import { readFileSync } from 'node:fs';

/** Under which name the tracer and the meter are asked for. */
export const SCOPE_NAME = 'nestjs-vonage-video-callbacks';

/** The version of this package; `undefined` where a bundler left its package.json behind. */
export function scopeVersion(): string | undefined {
  try {
    const manifest: unknown = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
    return typeof manifest === 'object' && manifest !== null && 'version' in manifest
      ? String(manifest.version)
      : undefined;
  } catch {
    return undefined;
  }
}
