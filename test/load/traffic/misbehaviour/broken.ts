import { setTimeout as wait } from 'node:timers/promises';
import { anyCallback, firstStatus, headOf, type Misbehaviour, oddlySent } from './misbehaviour.js';

/** The whole callback, then the end of this side. Node ends the other side too, before it has an answer. */
export const halfClosed: Misbehaviour = (surroundings) =>
  oddlySent(surroundings, 'half-closed', (line, callback) => {
    line.write(headOf(callback));
    line.write(callback.request.body);
    line.end();
    return firstStatus(line);
  });

/** The end of this side in the middle of the body. */
export const halfClosedEarly: Misbehaviour = (surroundings) =>
  anyCallback(surroundings, 'half-closed early', (line, { request, ...callback }) => {
    line.write(headOf({ request, ...callback }));
    line.write(request.body.subarray(0, surroundings.random.between(0, request.body.length - 1)));
    line.end();
    return firstStatus(line);
  });

/** A reset in the middle of the body. */
export const abortedUpload: Misbehaviour = (surroundings) =>
  anyCallback(surroundings, 'aborted upload', async (line, { request, ...callback }) => {
    line.write(headOf({ request, ...callback }));
    line.write(request.body.subarray(0, surroundings.random.between(0, request.body.length - 1)));
    await wait(surroundings.random.between(0, 50));
    line.reset();
    return 0;
  });

/** A reset while the callback is verified, claimed or handled. */
export const hungUp: Misbehaviour = (surroundings) =>
  oddlySent(surroundings, 'hung up', async (line, callback) => {
    line.write(headOf(callback));
    line.write(callback.request.body);
    await wait(surroundings.random.between(0, 40));
    line.reset();
    return 0;
  });
