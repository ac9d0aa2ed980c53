import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/**
 * The files that are mutated, by folder of lib, and for each the specs that must fail: few, and first the one that finds
 * most mutants. All specs of the folder would take many times as long.
 */
export const FOLDERS = {
  verification: {
    'callback-rejection.ts': ['verification/errors'],
    'callback-verifier.ts': ['verification/callback-verifier', 'verification/several-kinds', 'verification/examine'],
    'client-certificate.options.ts': ['startup/client-certificate-options'],
    'client-certificate.ts': ['verification/client-certificate'],
    'examination.ts': ['verification/examine', 'verification/callback-verifier'],
    'json-text.ts': ['verification/unverified-token'],
    'payload-hash.ts': ['verification/payload-hash'],
    'proxied-certificates.ts': ['verification/client-certificate'],
    'quoted-text.ts': ['verification/quoted-text'],
    'request-origin.ts': ['verification/request-origin'],
    'signature-key.ts': ['verification/token-signature', 'secrets/secret-rules'],
    'source-addresses.ts': ['verification/source-addresses'],
    'token-claims.ts': ['verification/token-claims', 'verification/examine'],
    'token-keys.ts': ['verification/callback-verifier', 'verification/several-kinds', 'verification/examine'],
    'token-signature.ts': ['verification/token-signature', 'verification/token-claims'],
    'unverified-token.ts': ['verification/unverified-token'],
  },
  secrets: {
    'environment.ts': ['secrets/environment'],
    'lookup-budget.ts': ['secrets/lookup-budget'],
    'secret-rules.ts': ['secrets/secret-rules'],
    'signature-key.cache.ts': ['secrets/signature-key-cache'],
    'static-keys.ts': ['secrets/secret-rules'],
  },
  delivery: {
    'callback-identity.ts': ['delivery/callback-identity'],
    'delivery-health.ts': ['delivery/delivery-health'],
    'delivery.ts': ['delivery/handling', 'delivery/delivering-over-http'],
    'delivery.interceptor.ts': ['delivery/delivering-over-http', 'payload/answers', 'pipeline/several-kinds'],
    'inbox/callback-redelivery.ts': ['delivery/inbox/callback-redelivery'],
    'inbox/inbox-delivery.ts': ['delivery/inbox/delivering-to-an-inbox', 'delivery/inbox/storing'],
    'inbox/inbox-log.ts': ['delivery/inbox/worker-log'],
    'inbox/inbox-runner.ts': ['delivery/inbox/inbox-runner'],
    'inbox/known-runs.ts': ['delivery/inbox/known-runs'],
    'inbox/own-callbacks.ts': ['delivery/inbox/own-callbacks'],
    'inbox/stored-callback.ts': ['delivery/inbox/read-stored-callback'],
    'inbox/stored-report.ts': ['delivery/inbox/storing', 'delivery/inbox/read-stored-callback'],
    'inbox/to-stored.ts': ['delivery/inbox/storing'],
    'ledger/callback-ledger.ts': ['delivery/ledger/memory-callback-ledger'],
    'ledger/claim-waiter.ts': ['delivery/ledger/claim-waiter'],
    'ledger/delivery-claims.ts': ['delivery/ledger/delivery-claims'],
    'ledger/ledger-delivery.ts': ['delivery/ledger/ledger-delivery'],
    'method-run.ts': ['delivery/method-run'],
    'store/recovery.ts': ['delivery/store/recovery'],
    'store/store-availability.ts': ['delivery/store/store-availability'],
    'store/time-limit.ts': ['delivery/store/time-limit'],
  },
  payload: {
    'body-budget.ts': ['payload/body-budget'],
    'body-reader.ts': ['payload/body-reader'],
    'callback-body.ts': ['payload/callback-body'],
    'express-raw-body.ts': ['payload/platform-readers'],
    'fastify-raw-body.ts': ['payload/platform-readers'],
    'invalid-payload.exception.ts': ['payload/callback-body'],
    'payload-check.ts': ['payload/payload-check', 'payload/answers', 'verification/bodies'],
    'raw-body.installer.ts': ['payload/platform-readers'],
    'raw-body.interceptor.ts': ['payload/answers'],
    'raw-body.reader.ts': ['payload/raw-body-reader', 'payload/platform-readers'],
    'secured-paths.ts': ['payload/secured-paths'],
  },
  request: {
    'callback-request.ts': ['request/callback-request'],
  },
};

/** What this run mutates: a folder, or one file of it as `secrets/lookup-budget.ts`. */
export const MUTATED = process.env['MUTATED'] ?? '';

const [mutatedFolder, ...rest] = MUTATED.split('/');
const only = rest.length > 0 ? rest.join('/') : undefined;
const specsOfFiles = Object.entries(FOLDERS[mutatedFolder] ?? {}).filter(
  ([file]) => only === undefined || file === only,
);

/** The files that are mutated. */
export const FILES = specsOfFiles.map(([file]) => `lib/${mutatedFolder}/${file}`);

const pathOf = (spec) => `test/${spec}.spec.ts`;

for (const [folder, files] of Object.entries(FOLDERS)) {
  for (const [file, specs] of Object.entries(files)) {
    for (const path of [`lib/${folder}/${file}`, ...specs.map(pathOf)]) {
      if (!existsSync(fileURLToPath(new URL(`../../${path}`, import.meta.url))))
        throw new Error(`There is no ${path}.`);
    }
  }
}

/** Every spec of these files. */
export const SPECS = [...new Set(specsOfFiles.flatMap(([, specs]) => specs))].map(pathOf);

/** The specs that must fail for mutants of one of them, given by any path. */
export function specsOf(path) {
  const [, specs = []] = specsOfFiles.find(([file]) => path.endsWith(`/${file}`)) ?? [];
  return specs.map(pathOf);
}
