/* global document */
// Runs in the page: what a person would read there.
(() => {
  const text = (element, name) => {
    const part = element.querySelector(`[data-part="${name}"]`);
    return part === null || part.closest('[hidden]') !== null ? '' : part.textContent.trim();
  };
  const listOf = (selector, read) =>
    Object.fromEntries([...document.querySelectorAll(selector)].map((element) => [element.dataset.key, read(element)]));
  const rows = (id) => listOf(`#${id} tbody > tr`, (row) => text(row, 'status'));
  return {
    status: document.getElementById('status').textContent,
    notice: document.getElementById('notice').textContent,
    counts: Object.fromEntries(
      [...document.querySelectorAll('[data-count]')].map((counter) => [
        counter.dataset.count,
        Number(counter.querySelector('dd').textContent.replaceAll(',', '')),
      ]),
    ),
    sessions: listOf('#sessions .cards > li', (card) =>
      Object.fromEntries(
        [...card.querySelectorAll('.people > li')].map((person) => [
          text(person, 'name'),
          [...person.querySelectorAll('.streams > li')].map((stream) => text(stream, 'type')).sort(),
        ]),
      ),
    ),
    ended: [...document.querySelectorAll('#ended li')].map(({ dataset }) => dataset.key),
    archives: rows('archives'),
    calls: rows('calls'),
    works: rows('works'),
    reasons: listOf('#reasons li', (reason) => Number(text(reason, 'count').replaceAll(',', ''))),
    refusals: document.querySelectorAll('#refusals li').length,
    faults: [...document.querySelectorAll('#faults li')].map((fault) => text(fault, 'why')),
    empty: [...document.querySelectorAll('.empty:not([hidden])')]
      .filter(({ offsetParent }) => offsetParent !== null)
      .map((element) => element.closest('section').id),
  };
})();
