import { Applications } from '../processes/applications.js';
import { runLoad } from '../processes/run-load.js';
import { atMost, type Part } from './part.js';

/** How often the memory is looked at. */
const POINTS = 20;
/** The first points are left out: by then the ledger is full and the code is compiled. */
const SETTLED = 4;
/** In bytes for each callback: what is kept of a callback for good, if anything, is more than this. */
const GOAL = 2;

/** Whether memory grows with the callbacks once the ledger, which remembers each for 8 s, is full. */
export const endurance: Part = async ({ callbacks, connections }) => {
  const applications = new Applications({ nodeOptions: ['--expose-gc'] });
  try {
    const application = await applications.get('endurance', 'fastify');
    const requests = Math.ceil(callbacks / POINTS);
    const memory: number[] = [];
    let wrong = 0;
    let right = 0;
    console.log('callbacks   in use after garbage collection');
    for (let point = 0; point < POINTS; point += 1) {
      const { port } = application;
      const result = await runLoad({ port, connections, isForged: false, expected: 204, seconds: 0, requests });
      wrong += result.wrong;
      right += result.right;
      const bytes = await application.memory();
      memory.push(bytes);
      console.log(`${right.toLocaleString('en').padStart(9)}   ${(bytes / 1e6).toFixed(2)} MB`);
    }
    const growth = slope(memory.slice(SETTLED)) / requests;
    console.log(atMost('growth of memory', growth, GOAL, ' bytes per callback'));
    return wrong + Math.abs(right - (await application.work()).handled);
  } finally {
    await applications.stop();
  }
};

/** By how much a value grows from one to the next, by least squares. */
function slope(values: readonly number[]): number {
  const middle = (values.length - 1) / 2;
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const together = values.reduce((sum, value, index) => sum + (index - middle) * (value - mean), 0);
  return together / values.reduce((sum, _, index) => sum + (index - middle) ** 2, 0);
}
