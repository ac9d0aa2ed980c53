import { drawSection, part, write, writeTime } from './drawing.js';
import { words } from './words.js';

/** Draws the number of callbacks by outcome, and why some were not handled. */
export function drawOutcomes({ counts, reasons, refusals, faults }) {
  for (const [name, count] of Object.entries(counts)) {
    const counter = document.querySelector(`[data-count="${name}"]`);
    counter.classList.toggle('some', count > 0);
    write(counter.querySelector('dd'), count.toLocaleString('en'));
  }
  drawSection(document.getElementById('reasons'), reasons, 'reason', drawReason, counts.refused);
  drawSection(document.getElementById('refusals'), refusals, 'refusal', drawRefusal);
  drawSection(document.getElementById('faults'), faults, 'fault', drawFault);
}

function drawReason(element, { key, explanation, count, at }) {
  write(part(element, 'title'), words(key));
  write(part(element, 'code'), key);
  write(part(element, 'count'), count.toLocaleString('en'));
  write(part(element, 'explanation'), explanation);
  writeTime(element.querySelector('time'), at);
}

function drawRefusal(element, { at, reason, kind, address, project }) {
  writeTime(element.querySelector('time'), at);
  write(part(element, 'title'), words(reason));
  const from = address === '' ? '' : `, from ${address}`;
  write(part(element, 'about'), `${words(kind)}${from}${project === '' ? '' : `, claims project ${project}`}`);
}

function drawFault(element, { at, outcome, kind, route, why }) {
  write(part(element, 'title'), `${words(kind)} callback ${outcome}`);
  write(part(element, 'why'), why);
  write(part(element, 'route'), route);
  writeTime(element.querySelector('time'), at);
}
