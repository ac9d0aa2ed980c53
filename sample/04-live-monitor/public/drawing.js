/** A copy of what a template of the page holds. */
export function fromTemplate(name) {
  return document.getElementById(`${name}-template`).content.firstElementChild.cloneNode(true);
}

/** The part of an element that has a name, which belongs to no element drawn within it. */
export function part(element, name) {
  return element.querySelector(`[data-part="${name}"]`);
}

/**
 * Writes a text, only if it is another one: what does not change keeps its selection, and a screen reader its place.
 * Most texts are untrusted input, so they are never anything but text.
 */
export function write(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/** Writes a time of day, which stands for the moment. */
export function writeTime(element, moment) {
  const date = new Date(moment);
  element.dateTime = date.toISOString();
  element.title = date.toLocaleString();
  write(element, date.toLocaleTimeString('en-GB'));
}

/**
 * Draws a list of items: what is there already is changed and stays where it is, what is new is put in its place and
 * what is gone is taken out.
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
