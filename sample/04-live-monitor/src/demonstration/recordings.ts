import { callbackFixture } from 'nestjs-vonage-video-callbacks/testing';
import { type Scene } from './scene.js';
import { type Step } from './step.js';

/** An archive that is paused once and can be fetched in the end, if it does not fail. */
export function archiveSteps(scene: Scene, name: string, fails: boolean): readonly Step[] {
  const { sessionId } = scene;
  const createdAt = Math.floor(scene.moment(14) / 1000) * 1000;
  const archive = { ...callbackFixture('archive', 'started'), sessionId, name, createdAt };
  const step = (seconds: number, status: string, fields: object = {}): Step => {
    const at = scene.moment(seconds);
    return { at, kind: 'archive', body: { ...archive, status, updatedAt: at, ...fields } };
  };
  const begin = [step(15, 'started'), step(40, 'paused'), step(47, 'started')];
  if (fails) return [...begin, step(70, 'failed', { reason: 'Internal server failure' })];
  const recorded = { duration: 53, size: 6_812_640 };
  return [
    ...begin,
    step(75, 'stopped', { ...recorded, reason: 'user initiated' }),
    step(86, 'available', { ...recorded, url: `https://archives.example/${archive.id}/archive.mp4` }),
  ];
}

/** A broadcast. */
export function broadcastSteps(scene: Scene): readonly Step[] {
  const { sessionId } = scene;
  const createdAt = scene.moment(17);
  const broadcast = {
    ...callbackFixture('broadcast', 'started'),
    sessionId,
    createdAt,
    multiBroadcastTag: 'main-stage',
  };
  return ([18, 70] as const).map((seconds) => {
    const at = scene.moment(seconds);
    return {
      at,
      kind: 'broadcast',
      body: { ...broadcast, status: seconds === 18 ? 'started' : 'stopped', updatedAt: at },
    };
  });
}

/** Live captions. */
export function captionsSteps(scene: Scene, languageCode: string): readonly Step[] {
  const { sessionId } = scene;
  const captions = { ...callbackFixture('captions', 'started'), sessionId, languageCode, createdAt: scene.moment(11) };
  const ended = { status: 'stopped', duration: 68, reason: '' };
  return [
    { at: scene.moment(12), kind: 'captions', body: { ...captions, updatedAt: scene.moment(12) } },
    { at: scene.moment(80), kind: 'captions', body: { ...captions, ...ended, updatedAt: scene.moment(80) } },
  ];
}

/** An Experience Composer, whose callbacks carry no clock. */
export function composerSteps(scene: Scene): readonly Step[] {
  const composer = { ...callbackFixture('experienceComposer', 'started'), sessionId: scene.sessionId };
  return [
    { at: scene.moment(30), kind: 'experienceComposer', body: composer },
    {
      at: scene.moment(66),
      kind: 'experienceComposer',
      body: { ...composer, status: 'stopped', reason: 'Stop Requested.' },
    },
  ];
}
