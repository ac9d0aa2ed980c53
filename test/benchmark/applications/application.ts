// One application in a process of its own: it is started by ApplicationProcess.
import 'reflect-metadata';
import { type Server } from 'node:http';
import { type AddressInfo } from 'node:net';
import { memoryInUse } from '../../harness/memory-in-use.js';
import { answerQuestions, setupOfProcess } from '../../harness/questions.js';
import { startProfiler } from '../profile/profiler.js';
import { handledCalls } from './handled-calls.js';
import { type ApplicationAnswers, type ApplicationSetup, type Work } from './setup.js';

const setup = setupOfProcess() as ApplicationSetup;

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

const server = await start();
const endProfile = setup.profile === undefined ? undefined : await startProfiler(setup.profile, server);
answerQuestions<ApplicationAnswers>(
  { port: () => (server.address() as AddressInfo).port, work: workDone, memory: memoryInUse },
  endProfile,
);
