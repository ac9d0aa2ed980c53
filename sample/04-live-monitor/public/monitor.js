import { write, writeTime } from './drawing.js';
import { drawOutcomes } from './refusals.js';
import { drawSessions } from './sessions.js';
import { listenTo } from './stream.js';
import { drawArchives, drawCalls, drawWorks } from './works.js';

const STATES = {
  connecting: 'Connecting',
  live: 'Live',
  reconnecting: 'Reconnecting',
  offline: 'The server cannot be reached',
};

/** What the server has sent: by collection, by key. */
const received = new Map();
/** Which process sent it. */
let boot;

const values = (collection) => [...(received.get(collection)?.values() ?? [])];

function draw(collections) {
  const has = (...names) => names.some((name) => collections.includes(name));
  if (has('sessions')) drawSessions(values('sessions'));
  if (has('archives')) drawArchives(values('archives'));
  if (has('calls')) drawCalls(values('calls'));
  if (has('broadcasts', 'captions', 'composers')) {
    drawWorks(values('broadcasts'), values('captions'), values('composers'));
  }
}

/** Replaces everything: the previous content may come from a process that has ended. */
function onSnapshot({ boot: sender, state, ...outcomes }) {
  for (const [collection, items] of Object.entries(state)) {
    received.set(collection, new Map(items.map((item) => [item.key, item])));
  }
  draw(Object.keys(state));
  drawOutcomes(outcomes);
  const started = document.getElementById('started');
  writeTime(started.querySelector('time'), sender.at);
  started.hidden = false;
  if (boot !== undefined && boot !== sender.id) {
    const at = new Date(sender.at).toLocaleTimeString('en-GB');
    write(document.getElementById('notice'), `The server restarted at ${at}: counters and lists began again.`);
  }
  boot = sender.id;
}

function onChange({ state, ...outcomes }) {
  for (const [collection, { put, gone }] of Object.entries(state ?? {})) {
    const items = received.get(collection);
    for (const key of gone) items.delete(key);
    for (const item of put) items.set(item.key, item);
  }
  const changed = Object.entries(state ?? {}).filter(([, { put, gone }]) => put.length + gone.length > 0);
  draw(changed.map(([collection]) => collection));
  if (outcomes.counts) drawOutcomes(outcomes);
}

function onState(state) {
  const status = document.getElementById('status');
  status.dataset.state = state;
  write(status, STATES[state]);
  document.getElementById('retry').hidden = state !== 'offline';
  if (state === 'reconnecting') {
    const at = new Date().toLocaleTimeString('en-GB');
    write(document.getElementById('notice'), `The connection broke at ${at}: what is shown is from then.`);
  } else if (state === 'live' && document.getElementById('notice').textContent.startsWith('The connection broke')) {
    write(document.getElementById('notice'), '');
  }
}

const tryAgain = listenTo('events', { snapshot: onSnapshot, change: onChange, state: onState });
document.getElementById('retry').addEventListener('click', tryAgain);
