import { describe, expect, it } from '@jest/globals';
import { callbackOwner } from '../../lib/callbacks/common-fields.js';
import { captionsIdOf } from '../../lib/callbacks/captions.callback.js';
import { EXAMPLES, archive, captions, streamCreated } from './payloads.js';
import { callbackOf, without } from './reading.js';

describe('callbackOwner', () => {
  it.each([
    ['the application before all others', { applicationId: 'app', projectId: '1', partnerId: '2' }, 'app'],
    ['the project before the partner', { projectId: '12345678', partnerId: '2' }, '12345678'],
    ['the partner when there is nothing else', { applicationId: '', projectId: '', partnerId: '87' }, '87'],
    ['nothing when there is none', { applicationId: '' }, undefined],
  ])('returns %s', (_what, callback, owner) => {
    expect(callbackOwner(callback)).toBe(owner);
  });

  it('returns the project that came as a number or as text', () => {
    expect(callbackOwner(callbackOf('archive', archive))).toBe('12345678');
    expect(callbackOwner(callbackOf('session', streamCreated))).toBe('12345678');
    expect(callbackOwner(callbackOf('session', { event: 'unheardOf', applicationId: 'app' }))).toBe('app');
  });
});

describe('captionsIdOf', () => {
  it.each([
    ['captionId', captions],
    ['captionsId', { ...without(captions, 'captionId'), captionsId: '7c0680fc-bbbb' }],
    ['captionsId when captionId is null', { ...captions, captionId: null, captionsId: '7c0680fc-bbbb' }],
    ['captionsId when captionId does not fit', { ...captions, captionId: true, captionsId: '7c0680fc-bbbb' }],
  ])('returns %s', (_what, payload) => {
    expect(captionsIdOf(callbackOf('captions', payload))).toBe('7c0680fc-bbbb');
  });

  it('returns an id for every example', () => {
    const ids = EXAMPLES.filter(({ kind }) => kind === 'captions').map(({ payload }) =>
      captionsIdOf(callbackOf('captions', payload)),
    );

    expect(new Set(ids)).toEqual(new Set(['7c0680fc-bbbb']));
  });
});
