// Prints the software bill of materials (CycloneDX) of this package as a user installs it: the packed package, its
// dependencies, and the peers that every application has. `npm sbom --omit dev` in this folder leaves out too much.
// With an argument, of the tarball that it names: `npm run sbom -- package.tgz`.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

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

function pack() {
  const [{ filename }] = JSON.parse(npm(['pack', '--json', '--silent', '--pack-destination', folder], process.cwd()));
  return join(folder, filename);
}

/** The bill of an application that has nothing but the package, as that of the package. */
function aboutPackage({ metadata, components, dependencies, ...bill }, { name, version }) {
  const subject = components.find((component) => component.name === name && component.version === version);
  if (subject === undefined) throw new Error(`the bill of materials does not hold ${name} ${version}`);
  const application = metadata.component['bom-ref'];
  // It was installed from a file of this machine.
  const externalReferences = subject.externalReferences?.filter(({ url }) => !url.startsWith('file:'));
  const ofPackage = {
    ...bill,
    metadata: { ...metadata, component: { ...subject, externalReferences } },
    components: components.filter((component) => component !== subject),
    dependencies: dependencies.filter(({ ref }) => ref !== application),
  };
  check(ofPackage, name);
  return ofPackage;
}

/** Throws if the bill lacks a dependency or a peer, counts the package among its own parts, or names a local file. */
function check(bill, name) {
  const names = bill.components.map((component) => component.name);
  const missing = ['jose', 'light-my-request', 'lru-cache', 'commander', 'class-validator', 'rxjs'].filter(
    (part) => !names.includes(part),
  );
  if (missing.length > 0) throw new Error(`the bill of materials lacks ${missing.join(', ')}`);
  if (names.includes(name)) throw new Error('the bill of materials counts the package among its own parts');
  if (JSON.stringify(bill).includes('file:')) throw new Error('the bill of materials names a file of this machine');
}

try {
  const tarball = process.argv[2] === undefined ? pack() : resolve(process.argv[2]);
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ name: 'application', version: '0.0.0', private: true }));
  npm(['install', tarball, '--no-audit', '--no-fund'], folder);
  const bill = JSON.parse(npm(['sbom', '--sbom-format', 'cyclonedx', '--sbom-type', 'library'], folder));
  console.log(JSON.stringify(aboutPackage(bill, JSON.parse(readFileSync('package.json', 'utf8'))), null, 2));
} finally {
  rmSync(folder, { recursive: true, force: true });
}
