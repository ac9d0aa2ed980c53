import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * Packs what was built, and unpacks it beside. The folder is outside of the checkout, so that nothing in there finds
 * a dependency in the checkout's own node_modules.
 */
export default function pack({ rootDir }) {
  const folder = mkdtempSync(join(tmpdir(), 'packed-'));
  // The build is a step of its own, see "test:packaging".
  execFileSync('npm', ['pack', '--ignore-scripts', '--silent', '--pack-destination', folder], { cwd: rootDir });
  const { name, version } = JSON.parse(readFileSync(join(rootDir, 'package.json'), 'utf8'));
  const tarball = join(folder, `${name}-${version}.tgz`);
  execFileSync('tar', ['-xzf', tarball, '-C', folder]);

  // The environment is what jest hands on to the workers.
  process.env['PACKED_FOLDER'] = folder;
  process.env['PACKED_TARBALL'] = tarball;
}
