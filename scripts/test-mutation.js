// Makes small changes to the code and checks that a test fails for each: `npm run test:mutation`, or of some
// folders or files only: `npm run test:mutation -- secrets verification/token-claims.ts`.
import { spawnSync } from 'node:child_process';
import { delimiter, dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { FOLDERS } from '../test/mutation/mutated-files.js';
import { installPackages } from './install-packages.js';
import { nodeBinary } from './node-binary.js';

process.chdir(fileURLToPath(new URL('..', import.meta.url)));

const known = Object.entries(FOLDERS).flatMap(([folder, files]) => [
  folder,
  ...Object.keys(files).map((file) => `${folder}/${file}`),
]);
const named = process.argv.slice(2);
const unknown = named.filter((name) => !known.includes(name));
if (unknown.length > 0) {
  console.error(`No such folder or file: ${unknown.join(', ')}. There are: ${known.join(', ')}.`);
  process.exit(1);
}

if (!installPackages('test/mutation')) process.exit(1);

// Stryker runs on no Node below 22.
const node = nodeBinary('24');
if (node === undefined) process.exit(1);

for (const name of named.length > 0 ? named : Object.keys(FOLDERS)) {
  console.log(`\n${name}`);
  const { status } = spawnSync(
    node,
    ['test/mutation/node_modules/@stryker-mutator/core/bin/stryker.js', 'run', 'test/mutation/stryker.config.js'],
    {
      stdio: 'inherit',
      // Its runners are processes of the same Node.
      env: { ...process.env, MUTATED: name, PATH: [dirname(node), process.env.PATH].join(delimiter) },
      timeout: 60 * 60_000,
      killSignal: 'SIGKILL',
    },
  );
  if (status !== 0) process.exitCode = 1;
}
