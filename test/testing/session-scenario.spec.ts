import { beforeAll, describe, expect, it } from '@jest/globals';
import { VIDEO_CALLBACK_KINDS } from '../../lib/index.js';
import { sessionScenario, type SessionScenarioOptions, signCallback } from '../../lib/testing/index.js';
import { PLATFORMS } from '../support/application.js';
import { takeHandled } from '../support/kinds.controller.js';
import { PROJECT, SECRET } from '../support/signer.js';
import { useApplication } from '../support/use-application.js';

const EVERYTHING: SessionScenarioOptions = {
  kinds: VIDEO_CALLBACK_KINDS,
  participants: ['Ada', 'Grace', 'Mary'],
  sharesScreen: true,
  serverRotation: true,
};

const eventsOf = (options: SessionScenarioOptions): readonly string[] =>
  sessionScenario(options).map(({ kind, event }) => `${kind}/${event}`);

describe.each(PLATFORMS)('a scenario of everything on %s', (platform) => {
  const application = useApplication({ platform });

  it.each(['openTok', 'unified'] as const)(
    'is handled without a field that cannot be read: %s',
    async (environment) => {
      const steps = sessionScenario({ ...EVERYTHING, environment });
      for (const { kind, payload } of steps) {
        const { headers, body } = signCallback({ kind, body: payload, apiKey: PROJECT, secret: SECRET });
        expect(await application().post(`/callbacks/${kind}`, { headers, body })).toMatchObject({ status: 204 });
        expect(application().observed.outcomes.accepted.at(-1)).toMatchObject({ kind, setAside: [] });
      }
      expect(takeHandled().map(({ kind }) => kind)).toEqual(steps.map(({ kind }) => kind));
    },
  );
});

describe('a session scenario', () => {
  it('ends now, so that no payload is from the future', () => {
    const before = Date.now();
    const last = sessionScenario().at(-1);
    expect(last).toMatchObject({ after: 170_000, event: 'sessionDestroyed', what: 'the session ends' });
    expect(Number(last?.payload['timestamp'])).toBeGreaterThanOrEqual(before);
    expect(Number(last?.payload['timestamp'])).toBeLessThanOrEqual(Date.now());
  });

  it('begins when it is asked to', () => {
    const begin = 1_700_000_000_000;
    for (const { after, kind, payload } of sessionScenario({ begin, kinds: ['session', 'archive', 'sip'] })) {
      expect(payload[kind === 'archive' ? 'updatedAt' : 'timestamp']).toBe(begin + after);
    }
  });

  it('is the same for the same seed and moment, and another without', () => {
    const fixed = { ...EVERYTHING, begin: 1_700_000_000_000, seed: 'lesson' };
    expect(sessionScenario(fixed)).toEqual(sessionScenario(fixed));
    expect(sessionScenario()[0]?.payload['sessionId']).not.toBe(sessionScenario()[0]?.payload['sessionId']);
  });

  it('has the kinds that are asked for, without an Experience Composer by default', () => {
    expect(new Set(sessionScenario({ kinds: ['captions', 'sip'] }).map(({ kind }) => kind))).toEqual(
      new Set(['captions', 'sip']),
    );
    expect(eventsOf({})).not.toContain('experienceComposer/started');
    expect(eventsOf({ kinds: ['experienceComposer'] })).toEqual([
      'experienceComposer/started',
      'experienceComposer/stopped',
    ]);
  });

  it('lets the archive fail instead of becoming available', () => {
    const kinds = ['archive'] as const;
    expect(eventsOf({ kinds }).slice(-2)).toEqual(['archive/stopped', 'archive/available']);
    expect(eventsOf({ kinds, archiveFails: true }).at(-1)).toBe('archive/failed');
  });

  it('sets fields in every payload of a kind', () => {
    const steps = sessionScenario({ fields: { archive: { name: 'Lesson 8', tag: 1 } } });
    for (const { kind, payload } of steps) {
      expect([payload['name'], payload['tag']]).toEqual(kind === 'archive' ? ['Lesson 8', 1] : [undefined, undefined]);
    }
  });

  describe('with ten participants', () => {
    const names = Array.from({ length: 10 }, (_, index) => `P${index}`);
    let whats: readonly string[];
    beforeAll(() => {
      whats = sessionScenario({ participants: names, sharesScreen: true }).map(({ what }) => what);
    });

    it.each(names)('lets %s join, publish and leave in this order', (name) => {
      const order = ['joins', 'publishes', 'stops publishing', 'leaves'].map((does) =>
        whats.indexOf(`${name} ${does}`),
      );
      expect(order).not.toContain(-1);
      expect([...order].sort((one, other) => one - other)).toEqual(order);
    });

    it('refuses an eleventh', () => {
      expect(() => sessionScenario({ participants: [...names, 'P10'] })).toThrow(
        new RangeError('There are 11 participants: at most 10 fit in a scenario.'),
      );
    });
  });
});
