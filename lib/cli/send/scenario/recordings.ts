import { type Payload } from '../payload.js';
import { type ScenarioStep } from './scenario-step.js';
import { type Scene } from './scene.js';

/** An archive that is paused once and can be fetched in the end. */
export function archiveSteps(scene: Scene): ScenarioStep[] {
  const archive = scene.payload('archive', 'started', 20, { createdAt: Math.floor(scene.moment(19) / 1000) * 1000 });
  // 20 s before the pause and 80 s after it.
  const recorded = { duration: 100, size: 5_812_640 };
  const { sha256sum } = scene.payload('archive', 'available', 145);
  const generated = { ...recorded, sha256sum, url: `https://archives.example/${String(archive['id'])}/archive.mp4` };
  const at = (seconds: number, status: string, about: string, fields: Payload): ScenarioStep => ({
    at: seconds,
    kind: 'archive',
    event: status,
    about,
    // Streams are listed only while it is started.
    payload: { ...archive, streams: undefined, status, updatedAt: scene.moment(seconds), ...fields },
  });
  return [
    at(20, 'started', 'the recording begins', { streams: [] }),
    at(40, 'paused', 'the recording is paused', {}),
    at(50, 'started', 'the recording goes on', { streams: [] }),
    at(130, 'stopped', 'the recording ends', { ...recorded, reason: 'user initiated' }),
    at(145, 'available', 'the recording can be fetched', generated),
  ];
}

/** A broadcast. */
export function broadcastSteps(scene: Scene): ScenarioStep[] {
  const broadcast = scene.payload('broadcast', 'started', 25, { createdAt: scene.moment(24) });
  const at = (seconds: number, status: string, about: string): ScenarioStep => ({
    at: seconds,
    kind: 'broadcast',
    event: status,
    about,
    payload: { ...broadcast, status, updatedAt: scene.moment(seconds) },
  });
  return [at(25, 'started', 'the broadcast begins'), at(120, 'stopped', 'the broadcast ends')];
}

/** Live captions. */
export function captionsSteps(scene: Scene): ScenarioStep[] {
  const captions = scene.payload('captions', 'started', 15, { createdAt: scene.moment(14) });
  const stopped = { status: 'stopped', duration: 120, reason: '', updatedAt: scene.moment(135) };
  return [
    { at: 15, kind: 'captions', event: 'started', about: 'live captions begin', payload: captions },
    { at: 135, kind: 'captions', event: 'stopped', about: 'live captions end', payload: { ...captions, ...stopped } },
  ];
}
