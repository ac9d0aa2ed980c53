import { installPackages } from './install-packages.js';
import { nodeBinary } from './node-binary.js';
import { runJest } from './run-jest.js';
import { NESTS, NODES } from './versions.js';

/**
 * Runs the end-to-end tests on a promised version of Nest, on a promised version of Node or on this one, and counts them:
 * as one that failed if either cannot be installed.
 */
export function runEndToEnd(nest, node) {
  const { folder, config } = NESTS[nest];
  const failure = { passed: 0, failed: 1, skipped: 0 };
  // First the packages: to install those of the project anew removes what is kept among them, Node included.
  if (!installPackages(folder)) return failure;
  const binary = node === undefined ? process.execPath : nodeBinary(NODES[node]);
  if (binary === undefined) return failure;
  return runJest(config, { binary });
}
