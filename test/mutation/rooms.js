/**
 * The files that are mutated, by room, and for each the specs that shall notice: few, and first the one that notices
 * most. What the whole room does would be noticed by dozens, at many times the cost.
 */
export const ROOMS = {
  verification: {
    'bearer-token.ts': ['verification/authorization-header'],
    'callback-headers.ts': ['verification/callback-verifier'],
    'callback-rejection.ts': ['verification/callback-verifier', 'verification/log-hygiene'],
    'callback-verifier.ts': ['verification/callback-verifier', 'verification/tokens', 'verification/project-selection'],
    'claims-check.ts': ['verification/callback-verifier', 'verification/claims'],
    'client-certificate.ts': ['mutual-tls/mutual-tls'],
    'compact-token.ts': ['verification/callback-verifier', 'verification/tokens'],
    'json-text.ts': ['verification/tokens'],
    'payload-explanation.ts': ['cli/payload-explanation'],
    'payload-hash.ts': ['verification/callback-verifier'],
    'quoted-text.ts': ['verification/log-hygiene'],
    'request-origin.ts': ['verification/request-origin', 'verification/source-addresses', 'mutual-tls/mutual-tls'],
    'signature-key.ts': ['verification/callback-verifier', 'verification/tokens'],
    'source-addresses.ts': ['verification/source-addresses'],
  },
  secrets: {
    'bounded-cache.ts': ['secrets/bounded-cache'],
    'lookup-slots.ts': ['secrets/lookup-slots'],
    'secret-rules.ts': ['secrets/static-projects'],
    'signature-key.cache.ts': ['secrets/signature-key-cache'],
    'static-secret.provider.ts': ['secrets/static-projects'],
  },
};

/** What this run mutates: a room, or one file of it as `secrets/bounded-cache.ts`. */
export const MUTATED = process.env['MUTATED'] ?? '';

const [room, only] = MUTATED.split('/');
const specsOfFiles = Object.entries(ROOMS[room] ?? {}).filter(([file]) => only === undefined || file === only);

/** The files that are mutated. */
export const FILES = specsOfFiles.map(([file]) => `lib/${room}/${file}`);

const pathOf = (spec) => `test/${spec}.spec.ts`;

/** Every spec that one of them needs. */
export const SPECS = [...new Set(specsOfFiles.flatMap(([, specs]) => specs))].map(pathOf);

/** The specs that shall notice mutants of one of them, given by any path. */
export function specsOf(path) {
  const [, specs = []] = specsOfFiles.find(([file]) => path.endsWith(`/${file}`)) ?? [];
  return specs.map(pathOf);
}
