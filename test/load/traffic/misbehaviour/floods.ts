import { type Callback } from '../callback.js';
import { firstStatus, headOf, type Misbehaviour, oddlySent, refused } from './misbehaviour.js';

/** Node takes 16 KiB of headers; the genuine ones and the first line are well below 2 KiB. */
const LIMIT = 16_384;
const GENUINE = 2048;

function flooded(callback: Callback, lines: readonly string[]): string {
  return headOf(callback, [...lines, `content-length: ${callback.request.body.length}`].join('\r\n'));
}

/** As many bytes of headers as pass. */
export const largeHeaders: Misbehaviour = (surroundings) =>
  oddlySent(surroundings, 'large headers', (line, callback) => {
    line.write(flooded(callback, [`x-flood: ${'x'.repeat(LIMIT - GENUINE)}`]));
    line.write(callback.request.body);
    return firstStatus(line);
  });

/** Many headers, fewer than Node keeps. */
export const manyHeaders: Misbehaviour = (surroundings) =>
  oddlySent(surroundings, 'many headers', (line, callback) => {
    line.write(
      flooded(
        callback,
        Array.from({ length: 900 }, (_, index) => `x-${index}: 1`),
      ),
    );
    line.write(callback.request.body);
    return firstStatus(line);
  });

/** More bytes of headers than Node takes. */
export const tooLargeHeaders: Misbehaviour = (surroundings) => {
  const callback = surroundings.source.genuine();
  return refused(surroundings, 'headers beyond the limit', callback, (line) => {
    line.write(flooded(callback, [`x-flood: ${'x'.repeat(surroundings.random.between(LIMIT, 4 * LIMIT))}`]));
    line.write(callback.request.body);
    return firstStatus(line);
  });
};
