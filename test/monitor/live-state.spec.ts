import { beforeEach, describe, expect, it } from '@jest/globals';
import { sessions, type Step } from '../../sample/04-live-monitor/src/demonstration/sessions.js';
import { LiveState } from '../../sample/04-live-monitor/src/state/live-state.js';
import { type StateView } from '../../sample/04-live-monitor/src/state/views.js';
import { Call } from './support/call.js';

let state: LiveState;
let call: Call;

beforeEach(() => {
  state = new LiveState();
  call = new Call('A');
});

/** Payloads are what the DTOs are instances of, field by field. */
const onSession = (...bodies: readonly object[]): void => {
  for (const body of bodies) state.onSession(body as never);
};
const onArchive = (...bodies: readonly object[]): void => {
  for (const body of bodies) state.onArchive(body as never);
};
const onSip = (...bodies: readonly object[]): void => {
  for (const body of bodies) state.onSip(body as never);
};
const theSession = () => state.view().sessions[0];
const theArchive = () => state.view().archives[0];
const theCall = () => state.view().calls[0];

function take(count: number): readonly Step[] {
  const steps: Step[] = [];
  for (const step of sessions(Date.now() - 3_600_000)) {
    if (steps.length === count) break;
    steps.push(step);
  }
  return steps;
}

function fold(into: LiveState, { kind, payload: body }: Step): void {
  const handlers = {
    session: () => {
      into.onSession(body as never);
    },
    archive: () => {
      into.onArchive(body as never);
    },
    sip: () => {
      into.onSip(body as never);
    },
    experienceComposer: () => {
      into.onComposer(body as never);
    },
    broadcast: () => {
      into.onBroadcast(body as never);
    },
    captions: () => {
      into.onCaptions(body as never);
    },
  };
  handlers[kind]();
}

/** In the order of keys, and without the clock of arrival, which is all that Experience Composers have. */
function comparable({ sessions, archives, calls, broadcasts, captions, composers }: StateView) {
  return {
    sessions: sorted(sessions),
    archives: sorted(archives),
    calls: sorted(calls),
    broadcasts: sorted(broadcasts),
    captions: sorted(captions),
    composers: sorted(composers).map(({ key, status }) => ({ key, status })),
  };
}

function sorted<Item extends { readonly key: string }>(items: readonly Item[]): readonly Item[] {
  return [...items].sort((one, other) => (one.key < other.key ? -1 : 1));
}

function shuffled<Item>(list: readonly Item[], seed: number): Item[] {
  let drawn = seed;
  const next = (): number => (drawn = (drawn * 1_103_515_245 + 12_345) % 2_147_483_648);
  return list
    .map((item) => ({ item, place: next() }))
    .sort((one, other) => one.place - other.place)
    .map(({ item }) => item);
}

describe('the state', () => {
  it.each([1, 2, 3, 4, 5])(
    'is the same in whatever order callbacks come, and if some come twice (shuffle %i)',
    (seed) => {
      const steps = take(400);
      for (const step of steps) fold(state, step);
      const other = new LiveState();
      for (const step of shuffled([...steps, ...steps.slice(0, 150)], seed)) fold(other, step);

      expect(comparable(other.view())).toEqual(comparable(state.view()));
      expect(state.view().sessions.filter(({ isOver }) => !isOver).length).toBeGreaterThan(2);
    },
  );
});

describe('a session', () => {
  it('is live with those who are in it', () => {
    onSession(
      call.session('sessionCreated', 0),
      call.connection('connectionCreated', 'Ada', 1),
      call.stream('streamCreated', 'Ada', { id: 's1' }, 2),
    );

    expect(theSession()).toMatchObject({
      isOver: false,
      connections: [{ data: 'Ada' }],
      streams: [{ key: 's1', connection: 'connection-Ada', videoType: 'camera' }],
      left: 0,
    });
  });

  it('does not bring back a connection whose end came first', () => {
    onSession(
      call.session('sessionCreated', 0),
      call.connection('connectionDestroyed', 'Ada', 9),
      call.connection('connectionCreated', 'Ada', 1),
      call.stream('streamCreated', 'Ada', { id: 's1' }, 2),
    );

    expect(theSession()).toMatchObject({ connections: [], streams: [], left: 1 });
  });

  it('ends for everybody, even without callbacks of those who leave', () => {
    onSession(
      call.session('sessionCreated', 0),
      call.connection('connectionCreated', 'Ada', 1),
      call.session('sessionDestroyed', 9, { reason: 'serverRotation' }),
    );

    expect(theSession()).toMatchObject({ isOver: true, reason: 'serverRotation', connections: [], left: 1 });
  });

  it('can begin again, which a late callback of its first life does not disturb', () => {
    onSession(
      call.session('sessionCreated', 0),
      call.session('sessionDestroyed', 9),
      call.session('sessionCreated', 20),
      call.connection('connectionCreated', 'Ada', 1),
      call.connection('connectionCreated', 'Grace', 21),
    );

    expect(theSession()).toMatchObject({ isOver: false, connections: [{ data: 'Grace' }] });
  });

  it('is known by a stream alone, if the monitor started in the middle of it', () => {
    onSession(call.stream('streamCreated', 'Ada', { id: 's1' }, 2));

    expect(theSession()).toMatchObject({ isOver: false, connections: [{ data: 'Ada' }], streams: [{ key: 's1' }] });
  });

  it('takes moments that are text, and callbacks without one', () => {
    onSession(
      { ...call.session('sessionCreated', 0), timestamp: String(Date.now() - 5000) },
      { ...call.session('sessionDestroyed', 0), timestamp: null },
    );

    expect(theSession()).toMatchObject({ isOver: true });
  });

  it('concludes nothing from events that it does not know', () => {
    onSession({ event: 'streamPraised', sessionId: 'x' }, { event: 'somethingElse' });

    expect(state.view().sessions).toEqual([]);
  });
});

describe('an archive', () => {
  it('is as far as the callback says that was sent last, not the one that came last', () => {
    onArchive(call.archive('available', 9), call.archive('stopped', 5), call.archive('started', 1));
    expect(theArchive()).toMatchObject({ status: 'available', step: 3, isOver: true });

    onArchive(call.archive('expired', 30));
    expect(theArchive()).toMatchObject({ status: 'expired', step: 3 });
  });

  it('is as far as any callback says, if they do not say when', () => {
    const undated = (body: object) => ({ ...body, updatedAt: undefined });
    onArchive(undated(call.archive('stopped', 5)), undated(call.archive('started', 1)));

    expect(theArchive()).toMatchObject({ status: 'stopped', step: 2, isOver: false });
  });

  it('goes on after a pause', () => {
    onArchive(call.archive('started', 1), call.archive('paused', 2), call.archive('started', 3));

    expect(theArchive()).toMatchObject({ status: 'started', step: 1 });
  });

  it('may have a status of next year, of which nothing is concluded', () => {
    onArchive({ ...call.archive('started', 1), status: 'polished' });

    expect(theArchive()).toMatchObject({ status: 'polished', step: 0, isOver: false });
  });

  it('keeps neither its password nor its address', () => {
    onArchive({ ...call.archive('available', 9), password: 'a secret', url: 'https://archives.example/1' });

    expect(JSON.stringify(state.view())).not.toMatch(/a secret|archives\.example/);
  });
});

describe('a SIP call', () => {
  it('has the latest reported state, until it ends', () => {
    onSip(call.sip('callUpdated', 5, 'ACTIVE'), call.sip('callUpdated', 2, 'RINGING'), call.sip('callCreated', 1));
    expect(theCall()).toMatchObject({ state: 'ACTIVE', isOver: false });

    onSip(call.sip('callDestroyed', 9), call.sip('callUpdated', 7, 'ON_HOLD'), call.sip('muteForced', 6));
    expect(theCall()).toMatchObject({ isOver: true, isMuted: true, reason: 'Normal Clearing' });
  });
});

describe('what is kept', () => {
  it('is bounded, and holds what ended last', () => {
    for (let number = 0; number < 60; number += 1) {
      const other = new Call(String(number));
      onSession(other.session('sessionCreated', number), other.session('sessionDestroyed', number + 0.5));
      onArchive(other.archive('available', number));
    }

    const { sessions, archives } = state.view();
    expect(sessions.map(({ key }) => key)).toEqual(Array.from({ length: 20 }, (_, index) => `2_${index + 40}`));
    expect(archives).toHaveLength(20);
  });

  it('is bounded for sessions that are never said to end', () => {
    for (let number = 0; number < 600; number += 1)
      onSession(new Call(String(number)).session('sessionCreated', number));

    expect(state.view().sessions).toHaveLength(500);
    expect(theSession()?.key).toBe('2_100');
  });

  it('does not bring back what was let go when an old callback of it comes late', () => {
    const first = new Call('first');
    onSession(first.session('sessionCreated', 0), first.session('sessionDestroyed', 1));
    for (let number = 0; number < 20; number += 1) {
      onSession(new Call(String(number)).session('sessionDestroyed', 10 + number));
    }
    onSession(first.connection('connectionCreated', 'Ada', 0.5));
    expect(state.view().sessions.map(({ key }) => key)).not.toContain('2_first');

    onSession(first.session('sessionCreated', 40));
    expect(state.view().sessions.at(-1)).toMatchObject({ key: '2_first', isOver: false });
  });

  it('is cut where a text is too long', () => {
    onSession(call.connection('connectionCreated', 'x'.repeat(10_000), 1));

    expect(theSession()?.connections[0]?.data).toHaveLength(201);
  });
});

describe('changes', () => {
  it('are reported once, with what is gone', () => {
    expect(state.takeChanges()).toBeUndefined();
    onSession(call.session('sessionCreated', 0), call.session('sessionDestroyed', 1));
    expect(state.takeChanges()?.sessions).toMatchObject({ put: [{ key: '2_A', isOver: true }], gone: [] });
    expect(state.takeChanges()).toBeUndefined();

    for (let number = 0; number < 20; number += 1) {
      onSession(new Call(String(number)).session('sessionDestroyed', 10 + number));
    }
    expect(state.takeChanges()?.sessions.gone).toEqual(['2_A']);
  });
});
