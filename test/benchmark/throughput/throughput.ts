import { type BenchmarkArguments } from '../arguments.js';
import { Applications } from '../processes/applications.js';
import { emptyProfiles, printHotSpots } from '../profile/profiles.js';
import { goalLines } from './goals.js';
import { measureRow } from './measure-row.js';
import { Measurements } from './measurements.js';
import { type Row } from './rows.js';
import { table } from './table.js';

/**
 * Lets the rows take turns in every round and prints what they did.
 *
 * @returns the number of failures
 */
export async function throughput(given: BenchmarkArguments): Promise<number> {
  const { rows, rounds, seconds, connections, profile } = given;
  const applications = new Applications(profile ? { profiles: emptyProfiles() } : {});
  const measurements = new Measurements();
  try {
    for (let round = 1; round <= rounds; round += 1) {
      for (const row of rows) {
        const application = await applications.get(row.application, row.platform);
        const measurement = await measureRow(row, application, given);
        measurements.add(row, measurement);
        console.error(progress(round, row, measurement.perSecond, measurement.failures));
      }
    }
  } finally {
    await applications.stop();
  }
  console.log(`${rounds} rounds of ${seconds} s a row, ${connections} connections; medians\n`);
  console.log(table(measurements));
  console.log(['', ...goalLines(measurements)].join('\n'));
  if (profile) printHotSpots();
  return rows.reduce((sum, row) => sum + measurements.failures(row), 0);
}

function progress(round: number, { name, platform }: Row, perSecond: number, failures: number): string {
  const lost = failures === 0 ? '' : `, ${failures} failures`;
  return `round ${round}: ${name} on ${platform} ${Math.round(perSecond)}/s${lost}`;
}
