import { describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packagesReachedFrom, packedFiles, tarball, unpackedPackage } from './packed.js';
import { run } from '../support/run.js';

const ROOT = join(import.meta.dirname, '../..');

interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly main: string;
  readonly types: string;
  readonly exports: Readonly<Record<string, string | { readonly types: string; readonly default: string }>>;
  readonly typesVersions?: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>;
  readonly dependencies: Readonly<Record<string, string>>;
  readonly peerDependencies: Readonly<Record<string, string>>;
  readonly peerDependenciesMeta: Readonly<Record<string, { readonly optional?: boolean }>>;
}

const manifest = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as Manifest;
const entries = Object.entries(manifest.exports).flatMap(([name, target]) =>
  typeof target === 'string' ? [] : [{ name, ...target }],
);

/** The optional peers that further entries are made for, and may import. */
const OPTIONAL_PEERS: Readonly<Record<string, readonly string[]>> = {
  './bullmq': ['bullmq'],
  './pg-boss': ['pg-boss'],
  './terminus': ['@nestjs/terminus'],
  './swagger': ['@nestjs/swagger'],
  './opentelemetry': ['@opentelemetry/api'],
};

describe('The packed package', () => {
  it('holds what was built and the documents, nothing else', () => {
    const others = packedFiles().filter(
      (file) =>
        !/^dist\/.+\.(?:js|js\.map|d\.ts)$/.test(file) &&
        !/^docs\/[^/]+\.(?:md|png)$/.test(file) &&
        !/^(?:README|CHANGELOG|SECURITY|LICENSE|package)\b[^/]*$/.test(file),
    );

    expect(others).toEqual([]);
    expect(packedFiles()).toEqual(
      expect.arrayContaining(['LICENSE', 'package.json', 'dist/index.js', 'docs/secrets.md']),
    );
  });

  it('has its sources in its source maps, so that none points to a file that is missing', () => {
    for (const file of packedFiles().filter((name) => name.endsWith('.map'))) {
      const map = JSON.parse(readFileSync(join(unpackedPackage(), file), 'utf8')) as {
        readonly sourcesContent?: readonly unknown[];
      };
      expect({ file, sources: map.sourcesContent }).toEqual({ file, sources: [expect.any(String)] });
    }
  });

  it('names the main entry for resolvers that do not read "exports"', () => {
    const main = entries.find(({ name }) => name === '.');

    expect(main).toMatchObject({ default: manifest.main, types: manifest.types });
  });

  it.each(entries)('imports for $name only what it declares as needed', ({ name, types, default: module }) => {
    const needed = [
      ...Object.keys(manifest.dependencies),
      ...Object.keys(manifest.peerDependencies).filter((peer) => !manifest.peerDependenciesMeta[peer]?.optional),
      ...(OPTIONAL_PEERS[name] ?? []),
    ];

    expect([...packagesReachedFrom(types)].filter((imported) => !needed.includes(imported))).toEqual([]);
    expect([...packagesReachedFrom(module)].filter((imported) => !needed.includes(imported))).toEqual([]);
  });

  it.each(Object.entries(OPTIONAL_PEERS))('demands of nobody what only %s needs', (_, peers) => {
    for (const peer of peers) expect([peer, manifest.peerDependenciesMeta[peer]]).toEqual([peer, { optional: true }]);
  });

  it('loads nothing of Nest for ./opentelemetry, which is called before what it instruments is loaded', () => {
    const reached = [...packagesReachedFrom('dist/opentelemetry/index.js')];

    expect(reached).toContain('@opentelemetry/api');
    expect(reached.filter((name) => name.startsWith('@nestjs/'))).toEqual([]);
  });

  it('has no import that is there for a side effect, as "sideEffects": false says', () => {
    const modules = packedFiles().filter((file) => file.endsWith('.js'));
    const effects = modules.filter((file) =>
      /^import\s*['"]/m.test(readFileSync(join(unpackedPackage(), file), 'utf8')),
    );

    expect(effects).toEqual([]);
  });

  it('satisfies publint', async () => {
    const publint = join(ROOT, 'node_modules/publint/src/cli.js');

    expect(await run(process.execPath, [publint, 'run', tarball(), '--strict'], ROOT)).toMatchObject({ code: 0 });
  });

  it('satisfies "Are the types wrong?"', async () => {
    const attw = join(ROOT, 'node_modules/@arethetypeswrong/cli/dist/index.js');
    // The package is ESM only, on purpose: from CommonJS it is loaded by require(esm), which every supported Node has.
    const ignored = ['--ignore-rules', 'cjs-resolves-to-esm'];

    expect(await run(process.execPath, [attw, tarball(), '--no-emoji', ...ignored], ROOT)).toMatchObject({ code: 0 });
  });

  it('needs four packages at run time: for the command, for tokens, with an inbox, and for the secrets of a provider', () => {
    expect(Object.keys(manifest.dependencies)).toEqual(['commander', 'jose', 'light-my-request', 'lru-cache']);
  });
});

describe('The lockfile of', () => {
  it.each([
    '.',
    'test/nest-11/latest',
    'test/nest-11/lowest',
    'test/bullmq/6-lowest',
    'test/consumers/esm-nest-12',
    'test/consumers/commonjs-nest-11',
  ])('%s names no registry, so that everyone installs from their own', (folder) => {
    expect(readFileSync(join(ROOT, folder, 'package-lock.json'), 'utf8')).not.toContain('"resolved": "http');
  });
});
