import { type ChildProcess, spawn } from 'node:child_process';
import { transformFileSync } from '@swc/core';
import { cpSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { packedFolder, tarball } from './packed.js';
import { type Finished, run } from '../support/run.js';

const CONSUMERS = join(import.meta.dirname, '../consumers');
const FROM_CACHE = ['--prefer-offline', '--no-audit', '--no-fund', '--no-progress'];

/** A copy of an application of test/consumers/, outside of the checkout. */
export class Consumer {
  private readonly folder: string;
  private server: ChildProcess | undefined;

  constructor(private readonly name: string) {
    this.folder = join(packedFolder(), name);
    cpSync(join(CONSUMERS, name), this.folder, {
      recursive: true,
      filter: (path) => !path.includes('node_modules') && !path.endsWith('dist'),
    });
  }

  /** Installs what the lockfile of the application names, as far as it still fits its manifest, and the packed package. */
  async install(): Promise<void> {
    const { code, output } = await this.npm('install', '--no-save', tarball(), ...FROM_CACHE);
    if (code !== 0) throw new Error(`npm install failed:\n${output}`);
  }

  /** Adds a file to the copy. */
  write(file: string, text: string): void {
    const path = join(this.folder, file);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  }

  /** Compiles the application with swc, as Nest's command does on demand. */
  buildWithSwc(): void {
    for (const file of readdirSync(join(this.folder, 'src')).filter((name) => name.endsWith('.ts'))) {
      const { code } = transformFileSync(join(this.folder, 'src', file), {
        module: { type: this.name.startsWith('commonjs') ? 'commonjs' : 'es6' },
        jsc: {
          target: 'es2022',
          parser: { syntax: 'typescript', decorators: true },
          transform: { legacyDecorator: true, decoratorMetadata: true },
        },
      });
      this.write(`dist/${file.replace(/ts$/, 'js')}`, code);
    }
  }

  npm(...args: readonly string[]): Promise<Finished> {
    return run('npm', args, this.folder);
  }

  /** Starts the compiled application; its address once it listens. */
  start(environment: Readonly<Record<string, string>>): Promise<string> {
    this.stop();
    const server = spawn(process.execPath, ['dist/main.js'], {
      cwd: this.folder,
      env: { ...process.env, ...environment },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.server = server;
    return new Promise((resolve, reject) => {
      let output = '';
      const keep = (chunk: Buffer): void => {
        output += chunk.toString();
        const url = /Listening on (\S+)/.exec(output)?.[1];
        if (url !== undefined) resolve(url);
      };
      server.stdout.on('data', keep);
      server.stderr.on('data', keep);
      server.once('close', () => {
        reject(new Error(`The application ended before it listened:\n${output}`));
      });
    });
  }

  stop(): void {
    this.server?.kill();
  }
}
