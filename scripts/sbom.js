// Prints the software bill of materials (CycloneDX) of what a user installs: the packed package, its dependencies, and
// the peers that every application has. `npm sbom --omit dev` in this folder leaves out too much.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const folder = mkdtempSync(join(tmpdir(), 'sbom-'));

/** What npm prints; its own words go to standard error. */
function npm(args, cwd) {
  const { status, stdout } = spawnSync('npm', args, {
    cwd,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
    maxBuffer: 2 ** 26,
    shell: process.platform === 'win32',
  });
  if (status !== 0) throw new Error(`npm ${args[0]} failed`);
  return stdout;
}

try {
  const [{ filename }] = JSON.parse(npm(['pack', '--json', '--silent', '--pack-destination', folder], process.cwd()));
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ name: 'application', version: '0.0.0', private: true }));
  npm(['install', `./${filename}`, '--no-audit', '--no-fund'], folder);
  const bill = JSON.parse(npm(['sbom', '--sbom-format', 'cyclonedx', '--sbom-type', 'library'], folder));
  if (bill.components.length === 0) throw new Error('the bill of materials is empty');
  console.log(JSON.stringify(bill, null, 2));
} finally {
  rmSync(folder, { recursive: true, force: true });
}
