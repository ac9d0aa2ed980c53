import { drawList, drawSection, part, write, writeTime } from './drawing.js';
import { counted, nameIn, shortId, words } from './words.js';

const STREAM_TYPES = new Map([
  ['', 'Audio'],
  ['camera', 'Camera'],
  ['screen', 'Screen'],
  ['custom', 'Custom'],
]);

/** Draws the sessions that are live and those that are over. */
export function drawSessions(sessions) {
  const live = sessions.filter(({ isOver }) => !isOver).sort((one, other) => (one.since ?? 0) - (other.since ?? 0));
  const over = sessions.filter(({ isOver }) => isOver).sort((one, other) => other.ended - one.ended);
  drawSection(document.getElementById('sessions'), live, 'session', drawSession);
  const ended = document.getElementById('ended');
  drawSection(ended, over, 'ended', drawEnded);
  ended.hidden = over.length === 0;
  document.title = live.length === 0 ? 'Live monitor' : `${live.length} live · Live monitor`;
}

function drawSession(element, { key, since, reason, connections, streams, left }) {
  writeId(part(element, 'id'), key);
  const begin = part(element, 'since');
  begin.hidden = since === undefined;
  if (since !== undefined) writeTime(begin.querySelector('time'), since);
  const warning = part(element, 'warning');
  warning.hidden = reason === '';
  write(warning, `Warned of ${words(reason).toLowerCase()}`);
  const owners = new Set(connections.map(({ key }) => key));
  const people = connections.map((connection) => ({
    ...connection,
    name: nameIn(connection.data, connection.key),
    streams: streams.filter((stream) => stream.connection === connection.key),
  }));
  const orphans = streams.filter((stream) => !owners.has(stream.connection));
  const [first] = orphans;
  if (first) people.push({ key: '', name: 'Unknown connection', since: first.since, streams: orphans });
  drawList(part(element, 'people'), people, 'connection', drawConnection);
  const sums = [counted(connections.length, 'connection'), counted(streams.length, 'stream')];
  if (left > 0) sums.push(`${left} left`);
  write(part(element, 'sum'), sums.join(', '));
}

function drawConnection(element, { name, since, streams }) {
  write(part(element, 'name'), name);
  writeTime(element.querySelector('time'), since);
  // Most streams have the name of their owner: show it once.
  const titled = streams.map((stream) => ({ ...stream, title: stream.name === name ? '' : stream.name }));
  drawList(part(element, 'streams'), titled, 'stream', drawStream);
}

function drawStream(element, { title, videoType }) {
  const type = part(element, 'type');
  type.dataset.type = videoType;
  write(type, STREAM_TYPES.get(videoType) ?? videoType);
  write(part(element, 'name'), title);
}

function drawEnded(element, { key, ended, reason }) {
  writeId(part(element, 'id'), key);
  writeTime(element.querySelector('time'), ended);
  write(part(element, 'reason'), reason === '' ? '' : `: ${words(reason)}`);
}

/** Shows a short id; the whole id can still be found and copied. */
function writeId(element, id) {
  element.title = id;
  write(element, shortId(id));
}
