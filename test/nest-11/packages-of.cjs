// CommonJS, because jest `require`s its resolvers.
const { readFileSync } = require('node:fs');
const { join, sep } = require('node:path');

/** The package of an import: `@nestjs/core` for `@nestjs/core/package.json`. */
const packageOf = (specifier) =>
  specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');

/**
 * A jest resolver for a folder with a package.json of its own: what that file lists comes from the folder, whoever
 * imports it, so that each of these packages exists once in a run. Everything else is resolved as ever, and what the
 * folder's packages import is found beside them.
 */
module.exports = function packagesOf(folder) {
  const { dependencies } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  const inside = join(folder, 'node_modules') + sep;

  const from = (specifier, options) => {
    const isElsewhere = !(options.basedir + sep).startsWith(inside);
    return isElsewhere && Object.hasOwn(dependencies, packageOf(specifier))
      ? { ...options, basedir: folder, paths: [inside] }
      : options;
  };
  return {
    sync: (specifier, options) => options.defaultResolver(specifier, from(specifier, options)),
    async: (specifier, options) => options.defaultAsyncResolver(specifier, from(specifier, options)),
  };
};
