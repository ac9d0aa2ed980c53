import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { median } from '../throughput/measurements.js';
import { atMost, type Part } from './part.js';

const run = promisify(execFile);
const PROCESSES = 15;
const GOAL = 1.3;

/** What is imported, in a fresh process each time. */
const IMPORTS = {
  entry: ['nestjs-vonage-video-callbacks'],
  /** What the entry imports of Nest. */
  nest: ['@nestjs/common', '@nestjs/core'],
  /** And with the other peers that every application of this library has. */
  peers: ['@nestjs/common', '@nestjs/core', 'reflect-metadata', 'rxjs', 'class-validator'],
} as const;

/** How long it takes to load the entry module, as a multiple of Nest with the peers that every application loads. */
export const loadTime: Part = async () => {
  const times = { entry: [], nest: [], peers: [] } satisfies Record<keyof typeof IMPORTS, number[]>;
  const measured: Record<keyof typeof IMPORTS, number[]> = times;
  for (let process = 0; process < PROCESSES; process += 1) {
    for (const name of Object.keys(IMPORTS) as (keyof typeof IMPORTS)[]) {
      measured[name].push(await importTime(IMPORTS[name]));
    }
  }
  for (const name of Object.keys(IMPORTS) as (keyof typeof IMPORTS)[]) {
    console.log(`${median(measured[name]).toFixed(0).padStart(5)} ms  ${IMPORTS[name].join(', ')}`);
  }
  const ratioTo = (name: keyof typeof IMPORTS): number =>
    median(measured.entry.map((time, process) => time / (measured[name][process] ?? NaN)));
  console.log(`\n${atMost('entry / Nest and the other peers', ratioTo('peers'), GOAL)}`);
  console.log(`  entry / Nest alone: ${ratioTo('nest').toFixed(2)}`);
  return 0;
};

/** In ms, from within the process: how long Node itself takes to start does not count. */
async function importTime(specifiers: readonly string[]): Promise<number> {
  const imports = specifiers.map((specifier) => `await import('${specifier}');`).join(' ');
  const program = `const started = performance.now(); ${imports} console.log(performance.now() - started);`;
  const { stdout } = await run(process.execPath, ['--input-type=module', '--eval', program]);
  return Number(stdout);
}
