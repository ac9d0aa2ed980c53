// Prints the Debian packages of the programs that are missing: `node scripts/missing-packages.js redis postgres`.
import { missingPrograms } from './programs.js';

console.log(
  missingPrograms(...process.argv.slice(2))
    .map(({ debian }) => debian)
    .join(' '),
);
