import { spawn, spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { chmodSync, chownSync, existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { setTimeout as wait } from 'node:timers/promises';
import { Client } from 'pg';
import { findPostgres } from './programs.js';

const TEMPLATES = fileURLToPath(new URL('../node_modules/.cache/', import.meta.url));

export class PostgresMissingError extends Error {
  name = 'PostgresMissingError';
}

/** Makes an empty database cluster in a new folder, whose name has the prefix. */
export function createCluster(prefix) {
  const programs = findPostgres();
  if (programs === undefined) {
    throw new PostgresMissingError(
      'PostgreSQL is missing: install it (Debian: apt-get install postgresql; macOS: brew install postgresql), or set POSTGRES_URL.',
    );
  }
  const user = unprivilegedUser();
  const folder = newFolder(prefix, user);
  const remove = () => removeFolder(folder);
  try {
    copyFolder(templateOf(programs, user), folder);
  } catch (error) {
    remove();
    throw error;
  }
  const start = (...settings) => {
    const options = ['fsync=off', ...settings].flatMap((setting) => ['-c', setting]);
    return spawn(join(programs, 'postgres'), ['-D', folder, '-k', folder, ...options], {
      ...user,
      cwd: folder,
      stdio: 'ignore',
    });
  };
  return { folder, start, remove };
}

/** An empty cluster to copy, which takes a tenth of what initdb takes. It is made once for each version of Postgres. */
function templateOf(programs, user) {
  const version = spawnSync(join(programs, 'initdb'), ['--version'], { encoding: 'utf8' }).stdout.match(/[\d.]+/)?.[0];
  const template = join(TEMPLATES, `postgres-${version}-${user.uid ?? process.getuid?.()}`);
  if (existsSync(template)) return template;
  const made = newFolder('postgres-template-', user);
  const copy = `${template}-${process.pid}`;
  try {
    initialise(programs, made, user);
    mkdirSync(copy, { recursive: true });
    copyFolder(made, copy);
    renameSync(copy, template);
  } catch (error) {
    removeFolder(copy);
    // Another process may have made it meanwhile.
    if (!existsSync(template)) throw error;
  } finally {
    removeFolder(made);
  }
  return template;
}

function initialise(programs, folder, user) {
  const settings = ['--auth=trust', '--username=postgres', '--encoding=UTF8', '--no-locale', '--no-sync'];
  const { status, stderr } = spawnSync(join(programs, 'initdb'), [`--pgdata=${folder}`, ...settings], {
    ...user,
    cwd: folder,
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`initdb failed: ${stderr}`);
}

/** With owners and permissions, without which Postgres does not start. */
function copyFolder(from, to) {
  const { status, stderr } = spawnSync('cp', ['-Rp', `${from}/.`, to], { encoding: 'utf8' });
  if (status !== 0) throw new Error(`the database cluster cannot be copied: ${stderr}`);
}

function newFolder(prefix, { uid, gid }) {
  const folder = mkdtempSync(join(tmpdir(), prefix));
  chmodSync(folder, 0o700);
  if (uid !== undefined) chownSync(folder, uid, gid);
  return folder;
}

function removeFolder(folder) {
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
}

/** Waits for a server that was started. */
export async function untilPostgresAnswers(url) {
  for (let tries = 0; tries < 400; tries += 1) {
    try {
      await execute(url, 'SELECT 1');
      return;
    } catch {
      await wait(25);
    }
  }
  throw new Error('postgres did not start within 10 s.');
}

/** Makes a database in the server of a URL, whose name has the prefix. */
export async function createDatabase(serverUrl, prefix) {
  const name = `${prefix}${randomUUID().replaceAll('-', '')}`;
  const url = new URL(serverUrl);
  url.pathname = `/${name}`;
  await execute(serverUrl, `CREATE DATABASE ${name}`);
  const drop = (how = '') => execute(serverUrl, `DROP DATABASE ${name}${how}`);
  // A connection that is just being closed reports an error if it is ended by force; Postgres waits for it for 5 s.
  return { url: url.href, remove: () => drop().catch(() => drop(' WITH (FORCE)')) };
}

async function execute(url, statement) {
  const client = new Client(url);
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}

/** Postgres does not run as root: the user that its package made does. */
function unprivilegedUser() {
  if (process.getuid?.() !== 0) return {};
  const [uid, gid] = ['-u', '-g'].map((option) =>
    Number(spawnSync('id', [option, 'postgres'], { encoding: 'utf8' }).stdout),
  );
  return uid && gid ? { uid, gid } : { uid: 65_534, gid: 65_534 };
}
