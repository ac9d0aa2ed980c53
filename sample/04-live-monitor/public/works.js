import { drawSection, part, write, writeTime } from './drawing.js';
import { lengthOf, shortId, sizeOf, words } from './words.js';

/** Draws the archives and how far each is. */
export function drawArchives(archives) {
  drawRows('archives', archives, (element, { title, status, step, steps }) => {
    const progress = part(element, 'progress');
    progress.hidden = step === 0;
    progress.max = steps;
    progress.value = step;
    progress.setAttribute('aria-label', `${title} is ${status}`);
    progress.setAttribute('aria-valuetext', `step ${step} of ${steps}`);
  });
}

/** Draws the SIP calls. */
export function drawCalls(calls) {
  const rows = calls.map((call) => ({
    ...call,
    title: `Call ${shortId(call.key)}`,
    status: call.isOver ? 'ended' : call.state || 'created',
    reason: [call.isMuted && 'muted by a moderator', call.reason].filter(Boolean).join(', '),
  }));
  drawRows('calls', rows);
}

/** Draws the broadcasts, live captions and Experience Composers. */
export function drawWorks(broadcasts, captions, composers) {
  const named = (works, name) =>
    works.map((work) => ({ ...work, title: [name, work.title].filter(Boolean).join(' ') }));
  drawRows('works', [
    ...named(broadcasts, 'Broadcast'),
    ...named(captions, 'Captions'),
    ...named(composers, 'Experience Composer'),
  ]);
}

/** Newest first by start time, so that a row does not move at every update. */
function drawRows(section, items, drawMore = () => undefined) {
  const rows = [...items].sort((one, other) => (other.since ?? 0) - (one.since ?? 0) || (one.key < other.key ? -1 : 1));
  drawSection(document.getElementById(section), rows, 'row', (element, row) => {
    write(part(element, 'title'), row.title || `Archive ${shortId(row.key)}`);
    part(element, 'about').hidden = row.session === '';
    write(part(element, 'session'), shortId(row.session));
    const status = part(element, 'status');
    status.dataset.tone = toneOf(row);
    write(status, words(row.status));
    write(part(element, 'detail'), detailOf(row));
    writeTime(element.querySelector('time'), row.moment);
    drawMore(element, row);
  });
}

function detailOf({ reason, duration = 0, size = 0 }) {
  return [reason, duration > 0 && lengthOf(duration), size > 0 && sizeOf(size)].filter(Boolean).join(', ');
}

function toneOf({ status, isOver }) {
  if (status === 'failed') return 'bad';
  if (status === 'available' || status === 'uploaded') return 'good';
  return isOver ? 'over' : 'live';
}
