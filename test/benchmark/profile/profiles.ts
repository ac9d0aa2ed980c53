import { mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { textTable } from '../text-table.js';
import { type CpuProfile, hotSpots } from './hot-spots.js';

const FOLDER = fileURLToPath(new URL('../../profiles/', import.meta.url));
const SHOWN_FUNCTIONS = 15;
/** Places that take less everywhere are summed up. In shares of the busy time. */
const SHOWN_FROM = 0.005;

/** The folder for profiles; what was there from an earlier run is removed. */
export function emptyProfiles(): string {
  rmSync(FOLDER, { recursive: true, force: true });
  mkdirSync(FOLDER, { recursive: true });
  return FOLDER;
}

interface Profiled {
  readonly name: string;
  /** In µs of the main thread for a request. */
  readonly places: ReadonlyMap<string, number>;
  readonly functions: ReadonlyMap<string, number>;
  readonly busy: number;
}

/** Prints where the applications spent their time; the profiles stay, to be opened in a browser's developer tools. */
export function printHotSpots(): void {
  const all = readdirSync(FOLDER).map(read);
  console.log(`\nmain thread, µs per request and share of the busy time (${FOLDER})\n`);
  console.log(placesTable(all));
  for (const { name, functions, busy } of all) {
    const most = sorted(functions).slice(0, SHOWN_FUNCTIONS);
    console.log(`\n${name}, by function\n${most.map(([where, time]) => `${cell(time, busy)}  ${where}`).join('\n')}`);
  }
}

function read(file: string): Profiled {
  const profile = JSON.parse(readFileSync(join(FOLDER, file), 'utf8')) as CpuProfile;
  const { places, functions } = hotSpots(profile);
  const perRequest = (times: ReadonlyMap<string, number>) =>
    new Map([...times].map(([where, time]) => [where, time / profile.requests]));
  const busy = [...places.values()].reduce((sum, time) => sum + time, 0) / profile.requests;
  return { name: file.replace('.cpuprofile', ''), places: perRequest(places), functions: perRequest(functions), busy };
}

function placesTable(all: readonly Profiled[]): string {
  const most = new Map<string, number>();
  for (const { places, busy } of all) {
    for (const [place, time] of places) most.set(place, Math.max(most.get(place) ?? 0, time / busy));
  }
  const shown = sorted(most).flatMap(([place, share]) => (share < SHOWN_FROM ? [] : [place]));
  const line = (name: string, isMeant: (place: string) => boolean): string[] => {
    const sumOf = (places: ReadonlyMap<string, number>) =>
      [...places].reduce((sum, [place, time]) => (isMeant(place) ? sum + time : sum), 0);
    return [name, ...all.map(({ places, busy }) => cell(sumOf(places), busy))];
  };
  const lines = [
    ...shown.map((shownPlace) => line(shownPlace, (place) => place === shownPlace)),
    line('others', (place) => !shown.includes(place)),
    line('all', () => true),
    line('of it lib', (place) => place.startsWith('lib/')),
  ];
  return textTable(['place', ...all.map(({ name }) => name)], lines, 1);
}

function cell(time: number, busy: number): string {
  return `${time.toFixed(1).padStart(5)} ${((time / busy) * 100).toFixed(1).padStart(5)} %`;
}

function sorted(times: ReadonlyMap<string, number>): (readonly [string, number])[] {
  return [...times].sort(([, one], [, other]) => other - one);
}
