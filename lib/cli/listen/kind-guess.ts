import { VIDEO_CALLBACK_KINDS, type VideoCallbackKind } from '../../callbacks/callback-kind.js';
import { fixtureEvents } from '../../testing/index.js';

/** The kind that the last part of a path names, in the singular or plural: `/video/experience-composers`. */
export function kindOfPath(path: string): VideoCallbackKind | undefined {
  const name = plain(
    path
      .split('?', 1)
      .join('')
      .split('/')
      .findLast((part) => part !== '') ?? '',
  );
  return VIDEO_CALLBACK_KINDS.find((kind) => name === plain(kind) || name === `${plain(kind)}s`);
}

/** The kind that a body looks like. A guess: nothing is verified yet. */
export function kindOfPayload(payload: unknown): VideoCallbackKind | undefined {
  if (typeof payload !== 'object' || payload === null) return undefined;
  const { event, status } = payload as { event?: unknown; status?: unknown };
  if (event === 'archive' || event === 'broadcast') return event;
  const eventKind = (['session', 'sip'] as const).find((kind) => fixtureEvents(kind).some((known) => known === event));
  if (eventKind !== undefined || status === undefined) return eventKind;
  return 'captionId' in payload || 'captionsId' in payload ? 'captions' : 'experienceComposer';
}

function plain(text: string): string {
  return text.toLowerCase().replaceAll('-', '');
}
