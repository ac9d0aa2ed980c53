import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';

const inEnvironment = (name: string): string => {
  const value = process.env[name];
  if (value === undefined) throw new Error(`${name} is set by the set-up of test/packaging/jest.config.js.`);
  return value;
};

/** A folder outside of the checkout, removed after the run. */
export const packedFolder = (): string => inEnvironment('PACKED_FOLDER');
export const tarball = (): string => inEnvironment('PACKED_TARBALL');
export const unpackedPackage = (): string => join(packedFolder(), 'package');

/** The files of the package, as paths with `/`. */
export function packedFiles(): string[] {
  return readdirSync(unpackedPackage(), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(unpackedPackage(), join(entry.parentPath, entry.name)).replaceAll('\\', '/'));
}

const IMPORT = /(?:\bfrom|\bimport)\s*\(?\s*(['"])(?<specifier>[^'"]+)\1/g;
const COMMENT = /\/\*[^]*?\*\/|^\s*\/\/.*$/gm;

/** What a module and the modules that it reaches import of other packages. */
export function packagesReachedFrom(entry: string): Set<string> {
  const packages = new Set<string>();
  const seen = new Set<string>();
  const extension = entry.endsWith('.d.ts') ? '.d.ts' : '.js';

  const visit = (file: string): void => {
    if (seen.has(file)) return;
    seen.add(file);
    const source = readFileSync(join(unpackedPackage(), file), 'utf8').replace(COMMENT, '');
    for (const { groups } of source.matchAll(IMPORT)) {
      const specifier = groups?.['specifier'] ?? '';
      if (specifier.startsWith('.')) visit(join(dirname(file), specifier).replace(/\.js$/, extension));
      else if (!specifier.startsWith('node:')) packages.add(packageOf(specifier));
    }
  };
  visit(entry);
  return packages;
}

function packageOf(specifier: string): string {
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');
}
