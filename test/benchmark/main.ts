// Measures what the library costs. The table of all rows or of those that are named, or one of the parts; ends with 1
// if an answer was wrong or a callback lost. A goal that is missed is said, but does not change how it ends.
import { readArguments } from './arguments.js';
import { machineFacts } from '../harness/machine.js';
import { compare } from './parts/compare.js';
import { endurance } from './parts/endurance.js';
import { loadTime } from './parts/load-time.js';
import { memory } from './parts/memory.js';
import { type Part, type PartName } from './parts/part.js';
import { throughput } from './throughput/throughput.js';

const PARTS: Readonly<Record<PartName, Part>> = { memory, 'load-time': loadTime, endurance, compare };

const given = readArguments(process.argv.slice(2));
console.log(`${machineFacts()}\n`);
const measure = given.part === undefined ? throughput : PARTS[given.part];
const failures = await measure(given);
if (failures > 0) console.log(`\n${failures} answers were wrong, or callbacks did not reach the handler.`);
process.exitCode = failures > 0 ? 1 : 0;
