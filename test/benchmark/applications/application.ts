// One application in a process of its own: it is started by ApplicationProcess.
import 'reflect-metadata';
import { type Server } from 'node:http';
import { type AddressInfo } from 'node:net';
import { startProfiler } from '../profile/profiler.js';
import { handledCalls } from './handled-calls.js';
import { type ApplicationMessage, type ApplicationQuestion, type ApplicationSetup, type Work } from './setup.js';

const setup = JSON.parse(process.argv[2] ?? '{}') as ApplicationSetup;

/** Each application loads nothing of the others. */
async function start(): Promise<Server> {
  switch (setup.application) {
    case 'sample':
      return (await import('./sample.js')).startSample();
    case 'bare':
      return (await import('./bare.js')).startBare(setup.platform);
    case 'hand':
      return (await import('./hand/hand.js')).startHand(setup.platform);
    default:
      return (await import('./library.js')).startLibrary(setup);
  }
}

function workDone(): Work {
  const { user, system } = process.cpuUsage();
  return { handled: handledCalls(), processorTime: user + system };
}

function memoryInUse(): number {
  // Twice: what a first collection finalizes, a second one frees.
  globalThis.gc?.();
  globalThis.gc?.();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

function tell(message: ApplicationMessage): void {
  process.send?.(message);
}

const server = await start();
process.on('message', (question: ApplicationQuestion) => {
  tell(question === 'work' ? workDone() : { memory: memoryInUse() });
});
const endProfile = setup.profile === undefined ? undefined : await startProfiler(setup.profile, server);
// Its parent lets go of it, or is gone.
process.once('disconnect', () => {
  void Promise.resolve(endProfile?.()).finally(() => process.exit());
});
tell({ port: (server.address() as AddressInfo).port });
