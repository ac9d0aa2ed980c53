import { Controller, Module, Post } from '@nestjs/common';
import { inject } from 'light-my-request';
import { randomUUID } from 'node:crypto';
import { cpSync, rmSync } from 'node:fs';
import { type Server } from 'node:http';
import type * as Library from 'nestjs-vonage-video-callbacks';
import { callbackFixture } from 'nestjs-vonage-video-callbacks/testing';
import { startNest } from '../../harness/start-nest.js';
import { PATH, type Platform } from '../../harness/target.js';
import { PROJECT, SECRET, signed } from '../../support/signer.js';
import { startHand } from '../applications/hand/hand.js';
import { countHandled } from '../applications/handled-calls.js';
import { median } from '../throughput/measurements.js';
import { type Part } from './part.js';

/** Beside the compiled benchmark, so that both builds share the packages of the project. */
const COPIES = new URL('../../compared/', import.meta.url);
const BATCH = 200;
const WARM_UP = 40;

/** Two builds and `hand` in one process, asked in batches that take turns in random order. */
export const compare: Part = async ({ builds: [a, b], batches, platforms }) => {
  if (a === undefined || b === undefined) throw new TypeError('compare <dist-a> <dist-b>: two folders are needed');
  rmSync(COPIES, { recursive: true, force: true });
  for (const platform of platforms) {
    console.log(`\n${platform}`);
    const hand = await startHand(platform);
    await measure({ a: await startBuild(a, 'a', platform), b: await startBuild(b, 'b', platform), hand }, batches);
  }
  // The servers of all applications still listen.
  process.exit();
};

async function startBuild(folder: string, name: string, platform: Platform): Promise<Server> {
  const copy = new URL(`${platform}-${name}/`, COPIES);
  cpSync(folder, copy, { recursive: true });
  const { VideoCallback, VideoCallbacksModule } = (await import(new URL('index.js', copy).href)) as typeof Library;

  @Controller('video')
  class VideoController {
    @Post('archives')
    onArchive(@VideoCallback('archive') archive: Library.ArchiveCallback): void {
      if (archive.id !== '') countHandled();
    }
  }
  @Module({
    imports: [VideoCallbacksModule.forRoot({ projects: { [PROJECT]: SECRET } })],
    controllers: [VideoController],
  })
  class ApplicationModule {}
  return (await startNest(platform, ApplicationModule)).server;
}

/** Prints medians over the batches, and of the differences the interval that holds the true median 95 times of 100. */
async function measure(servers: Readonly<Record<'a' | 'b' | 'hand', Server>>, batches: number): Promise<void> {
  const times = { a: [] as number[], b: [] as number[], hand: [] as number[] };
  const names = ['a', 'b', 'hand'] as const;
  for (let turn = -WARM_UP; turn < batches; turn += 1) {
    for (const { name } of names.map((name) => ({ name, at: Math.random() })).sort((x, y) => x.at - y.at)) {
      const time = await batchTime(servers[name]);
      if (turn >= 0) times[name].push(time);
    }
  }
  console.log(names.map((name) => `${name} ${median(times[name]).toFixed(1)} µs`).join(', '));
  for (const other of ['a', 'hand'] as const) {
    const sorted = times.b.map((time, turn) => time - (times[other][turn] ?? NaN)).sort((x, y) => x - y);
    const reach = 0.98 * Math.sqrt(batches);
    const bounds = [-reach, reach].map((way) => sorted.at(Math.round((batches - 1) / 2 + way))?.toFixed(1));
    console.log(`b - ${other}: ${median(sorted).toFixed(1)} µs (${bounds.join(' to ')})`);
  }
}

/** Processor time of a callback, all threads, in µs; signing is not part of it. */
async function batchTime(server: Server): Promise<number> {
  const archive = callbackFixture('archive', 'available');
  const requests = Array.from({ length: BATCH }, () => {
    const { headers, body } = signed({ ...archive, id: randomUUID() });
    return { method: 'POST', url: PATH, headers, payload: body } as const;
  });
  const before = process.cpuUsage();
  const answers = await Promise.all(
    requests.map((each) => inject((request, response) => server.emit('request', request, response), each)),
  );
  const { user, system } = process.cpuUsage(before);
  if (answers.some(({ statusCode }) => statusCode !== 204)) throw new Error('a callback was not answered with 204');
  return (user + system) / BATCH;
}
