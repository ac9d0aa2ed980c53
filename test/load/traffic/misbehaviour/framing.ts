import { gzipSync } from 'node:zlib';
import { LIMITS } from '../../server/setup.js';
import { firstStatus, headOf, type Misbehaviour, refused } from './misbehaviour.js';

/** Fewer bytes than follow: what is left over is no request. */
export const shortLength: Misbehaviour = (surroundings) => {
  const callback = surroundings.source.genuine();
  const { body } = callback.request;
  return refused(surroundings, 'content-length too small', callback, (line) => {
    line.write(headOf(callback, `content-length: ${surroundings.random.between(0, body.length - 1)}`));
    line.write(body);
    return firstStatus(line);
  });
};

/** More bytes than follow. */
export const longLength: Misbehaviour = (surroundings) => {
  const callback = surroundings.source.genuine();
  const { body } = callback.request;
  return refused(surroundings, 'content-length too large', callback, (line) => {
    line.write(headOf(callback, `content-length: ${body.length + surroundings.random.between(1, 1000)}`));
    line.write(body);
    return firstStatus(line);
  });
};

/** Lengths that contradict each other, by which requests are smuggled. */
export const twoFramings: Misbehaviour = (surroundings) => {
  const callback = surroundings.source.genuine();
  const length = callback.request.body.length;
  const other = surroundings.random.pick([`content-length: ${length + 1}`, 'transfer-encoding: chunked']);
  return refused(surroundings, 'two framings', callback, (line) => {
    line.write(headOf(callback, `content-length: ${length}\r\n${other}`));
    line.write(callback.request.body);
    return firstStatus(line);
  });
};

/** Chunks that are none. */
export const garbageChunks: Misbehaviour = (surroundings) => {
  const callback = surroundings.source.genuine();
  const { body } = callback.request;
  const garbage = surroundings.random.pick(['zz\r\n', '-1\r\n', 'ffffffffffffffffff\r\n', '\u0000\u0000', '5;\r\nabc']);
  return refused(surroundings, 'chunks of garbage', callback, (line) => {
    line.write(headOf(callback, 'transfer-encoding: chunked'));
    line.write(`10\r\n${body.subarray(0, 16).toString('latin1')}\r\n${garbage}`);
    return firstStatus(line);
  });
};

/** A compressed body, of which the hash is right, and the bytes are signed. */
export const compressed: Misbehaviour = async ({ source, sender }) => {
  const callback = source.genuineBytes(gzipSync, { 'content-encoding': 'gzip' });
  await sender.post(callback, { sort: 'compressed', isGenuine: false, isAcceptable: false });
};

/** A genuine or a forged body beyond the limit. */
export const tooLarge: Misbehaviour = async ({ source, sender, random }) => {
  const filler = LIMITS.bodyLimit + random.between(0, 200_000);
  const callback = random.chance(0.5) ? source.genuine(filler) : source.forged(filler);
  await sender.post(callback, { sort: 'too large', isGenuine: false, isAcceptable: false });
};
