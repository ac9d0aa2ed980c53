/** A copy of the content of a template. */
export function fromTemplate(name) {
  return document.getElementById(`${name}-template`).content.firstElementChild.cloneNode(true);
}

/** The named part of an element, but not one of an element drawn within it. */
export function part(element, name) {
  return element.querySelector(`[data-part="${name}"]`);
}

/**
 * Writes a text, only if it changed: unchanged text keeps its selection, and screen readers their place. Most texts are
 * untrusted input, so they are only ever written as text.
 */
export function write(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/** Writes a time of day. */
export function writeTime(element, moment) {
  const date = new Date(moment);
  element.dateTime = date.toISOString();
  element.title = date.toLocaleString();
  write(element, date.toLocaleTimeString('en-GB'));
}

/**
 * Draws a list of items: existing items are updated in place, new ones are inserted, and missing ones are removed.
 *
 * @param {Element} parent
 * @param {readonly { key: string }[]} items in their order
 * @param {string} template
 * @param {(element: Element, item: object) => void} draw
 */
export function drawList(parent, items, template, draw) {
  const known = new Map([...parent.children].map((element) => [element.dataset.key, element]));
  const keys = new Set(items.map(({ key }) => key));
  for (const [key, element] of known) if (!keys.has(key)) element.remove();

  let next = parent.firstElementChild;
  for (const item of items) {
    const element = known.get(item.key) ?? fromTemplate(template);
    element.dataset.key = item.key;
    draw(element, item);
    if (element === next) next = next.nextElementSibling;
    else parent.insertBefore(element, next);
  }
}

/** Draws a section of the page: its list, how many there are, or that there are none. */
export function drawSection(section, items, template, draw, total = items.length) {
  const list = section.querySelector('[data-list]');
  drawList(list, items, template, draw);
  (list.closest('table') ?? list).hidden = items.length === 0;
  const empty = section.querySelector('.empty');
  if (empty) empty.hidden = items.length > 0;
  const count = section.querySelector('[data-total]');
  if (count) write(count, total === 0 ? '' : String(total));
}
