import { mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type CpuProfile, hotSpots, type HotSpot } from './hot-spots.js';

const FOLDER = fileURLToPath(new URL('../../profiles/', import.meta.url));
const SHOWN = 30;

/** The folder for profiles; what was there from an earlier run is removed. */
export function emptyProfiles(): string {
  rmSync(FOLDER, { recursive: true, force: true });
  mkdirSync(FOLDER, { recursive: true });
  return FOLDER;
}

/** Prints where each process spent its time; the profiles stay, to be opened in a browser's developer tools. */
export function printHotSpots(): void {
  for (const file of readdirSync(FOLDER)) {
    const profile = JSON.parse(readFileSync(join(FOLDER, file), 'utf8')) as CpuProfile;
    const { functions, packages } = hotSpots(profile);
    console.log(`\n${join(FOLDER, file)}\n\nby package\n${lines(packages)}\n\nby function\n${lines(functions)}`);
  }
}

function lines(spots: readonly HotSpot[]): string {
  return spots
    .slice(0, SHOWN)
    .map(({ share, where }) => `${(share * 100).toFixed(1).padStart(6)} %  ${where}`)
    .join('\n');
}
