/** Traps and polls of one fault are one alert: one record at its start, one at its end. */
import { describe, expect, it, vi } from 'vitest';
import { SEVERITIES, type Alert, type Trap } from 'delfin-agent/driver';
import { createForeignTraps } from '../../src/backend/alerts/foreign.ts';
import {
  createAlertTracker,
  type AlertTracker,
  type AlertTrackerOptions,
  type Transition,
} from '../../src/backend/alerts/tracker.ts';

const TRAP: Trap = {
  version: 'v2c',
  pdu_type: 'trap',
  trap_oid: '1.3.6.1.4.1.32473.1.0.1',
  varbinds: [],
  source: '192.0.2.1',
  received_at: 1_000,
};

const FAULT: Alert = {
  alert_id: '0x1001',
  alert_name: 'Disk failed',
  severity: 'Major',
  category: 'Fault',
  sequence_number: '17',
  occur_time: 900,
  description: 'Disk 3 failed',
  location: 'disk 3',
  match_key: 'disk/3',
};
const RECOVERY: Alert = { ...FAULT, category: 'Recovery', occur_time: 1_900 };

interface Tracked {
  readonly tracker: AlertTracker;
  readonly transitions: Transition[];
  time: number;
  /** `state/source` of every record so far. */
  states(): string[];
}

function track(options: Partial<AlertTrackerOptions> = {}): Tracked {
  const transitions: Transition[] = [];
  const tracked: Tracked = {
    transitions,
    time: 10_000,
    tracker: createAlertTracker({
      system: 'array',
      onTransition: (transition) => void transitions.push(transition),
      now: () => tracked.time,
      steady: () => tracked.time,
      ...options,
    }),
    states: () =>
      transitions.map((one) =>
        one.kind === 'alert' ? `${one.state}/${one.source}` : `trap/${one.reason}`,
      ),
  };
  return tracked;
}

describe('one fault', () => {
  it('by trap, then by poll, ended by trap, then by poll', () => {
    const { tracker, states } = track();
    tracker.trap(TRAP, [FAULT]);
    tracker.poll([{ ...FAULT, description: 'said in other words', occur_time: 850 }]);
    tracker.trap(TRAP, [RECOVERY]);
    tracker.poll([]);
    expect(states()).toEqual(['raised/trap', 'cleared/trap']);
  });

  it('by poll, then by trap, ended by poll, then by trap', () => {
    const { tracker, states } = track();
    tracker.poll([FAULT]);
    tracker.trap(TRAP, [FAULT]);
    tracker.poll([FAULT]);
    tracker.poll([]);
    tracker.trap(TRAP, [RECOVERY]);
    expect(states()).toEqual(['raised/poll', 'cleared/poll']);
  });

  it('is not over because the array could not show all of its alerts', () => {
    const { tracker, states } = track();
    const other = { ...FAULT, match_key: 'disk/4', sequence_number: '18' };
    tracker.poll([FAULT]);
    tracker.poll([other], undefined, false);
    expect(states()).toEqual(['raised/poll', 'raised/poll']);
    tracker.poll([other]);
    expect(states()).toEqual(['raised/poll', 'raised/poll', 'cleared/poll']);
  });

  it('twice by trap, ended twice by trap', () => {
    const { tracker, states } = track();
    for (const alert of [FAULT, FAULT, RECOVERY, RECOVERY]) tracker.trap(TRAP, [alert]);
    expect(states()).toEqual(['raised/trap', 'cleared/trap']);
  });

  it('that comes again is raised again', () => {
    const { tracker, states } = track();
    tracker.trap(TRAP, [FAULT]);
    tracker.trap(TRAP, [RECOVERY]);
    tracker.poll([{ ...FAULT, occur_time: 5_000 }]);
    tracker.trap(TRAP, [RECOVERY]);
    expect(states()).toEqual(['raised/trap', 'cleared/trap', 'raised/poll', 'cleared/trap']);
  });

  it('keeps severity and identity of the raise at its end; the time of an end nobody saw is unknown', () => {
    const { tracker, transitions } = track();
    tracker.poll([FAULT]);
    tracker.trap(TRAP, [
      { alert_id: 'ok', category: 'Recovery', severity: 'Informational', match_key: 'disk/3' },
    ]);
    tracker.poll([FAULT]);
    tracker.poll([]);
    const ends = transitions.flatMap((one) =>
      one.kind === 'alert' && one.state === 'cleared' ? [one.alert] : [],
    );
    for (const end of ends) {
      expect(end).toMatchObject({
        alert_id: '0x1001',
        severity: 'Major',
        category: 'Recovery',
        sequence_number: '17',
      });
      expect(end.occur_time).toBeUndefined();
    }
    expect(ends.length).toBe(2);
  });
});

describe('pairing', () => {
  it('by match key, else by sequence number, else by type and place', () => {
    const { match_key: _, ...withoutKey } = FAULT;
    const { sequence_number: __, ...bare } = withoutKey;
    for (const [raise, end] of [
      [FAULT, { ...RECOVERY, sequence_number: '18', location: 'elsewhere' }],
      [FAULT, { ...withoutKey, category: 'Recovery' as const, location: 'elsewhere' }],
      [bare, RECOVERY],
    ] as const) {
      const { tracker, states } = track();
      tracker.trap(TRAP, [raise]);
      tracker.trap(TRAP, [end]);
      expect(states()).toEqual(['raised/trap', 'cleared/trap']);
    }
  });

  it('keeps apart what differs in the strongest field that both have', () => {
    const { match_key: _, ...withoutKey } = FAULT;
    for (const [one, other] of [
      [FAULT, { ...FAULT, match_key: 'disk/4' }],
      [withoutKey, { ...withoutKey, sequence_number: '18' }],
    ] as const) {
      const { tracker, states } = track();
      tracker.poll([one, other]);
      expect(states()).toEqual(['raised/poll', 'raised/poll']);
      tracker.poll([other]);
      expect(tracker.active()).toEqual([other]);
    }
  });
});

describe('updates', () => {
  it('when severity or text change, not when a number in the text does', () => {
    const { tracker, states } = track();
    tracker.poll([{ ...FAULT, description: 'Pool 91.2 % full' }]);
    tracker.poll([{ ...FAULT, description: 'Pool 93 % full' }]);
    expect(states()).toEqual(['raised/poll']);
    tracker.poll([{ ...FAULT, description: 'Pool 93 % full', severity: 'Critical' }]);
    tracker.poll([{ ...FAULT, description: 'Pool offline', severity: 'Critical' }]);
    expect(states()).toEqual(['raised/poll', 'updated/poll', 'updated/poll']);
  });

  it('once where the array rates the fault otherwise in its list, not at each repetition of the trap', () => {
    const { tracker, states } = track();
    const listed: Alert = { ...FAULT, severity: 'Critical' };
    tracker.trap(TRAP, [FAULT]);
    tracker.poll([listed]);
    tracker.trap(TRAP, [FAULT]);
    tracker.poll([listed]);
    expect(states()).toEqual(['raised/trap', 'updated/poll']);
    expect(tracker.counts()).toMatchObject({ Critical: 1, Major: 0 });
  });
});

describe('the active set', () => {
  it('is what the poll lists, and traps adjust it in between', () => {
    const { tracker } = track();
    expect(tracker.counts()).toBeUndefined();
    const list = SEVERITIES.map((severity, index): Alert => ({
      ...FAULT,
      severity,
      match_key: String(index),
      sequence_number: String(index),
    }));
    tracker.poll(list);
    expect(Object.values(tracker.counts() ?? {})).toEqual([1, 1, 1, 1, 1, 1, 1]);
    tracker.trap(TRAP, [FAULT]);
    expect(tracker.counts()?.Major).toBe(2);
    tracker.trap(TRAP, [RECOVERY]);
    expect(tracker.counts()?.Major).toBe(1);
    tracker.trap(TRAP, [FAULT]);
    tracker.poll(list);
    expect(tracker.active()).toEqual(list);
    tracker.poll([]);
    expect(Object.values(tracker.counts() ?? {})).toEqual([0, 0, 0, 0, 0, 0, 0]);
  });

  it('does not take a list for newer than a trap that came while it was made', () => {
    const state = track();
    const { tracker, states } = state;
    tracker.poll([FAULT]);
    const asked = state.time;
    state.time += 500;
    tracker.trap(TRAP, [RECOVERY]);
    tracker.trap(TRAP, [
      { ...FAULT, match_key: 'disk/9', sequence_number: '99', location: 'disk 9' },
    ]);
    tracker.poll([FAULT], asked);
    expect(states()).toEqual(['raised/poll', 'cleared/trap', 'raised/trap']);
    expect(tracker.active().map(({ match_key: key }) => key)).toEqual(['disk/9']);
    tracker.poll([], state.time + 1);
    expect(states().at(-1)).toBe('cleared/poll');
  });

  it('holds events of the list without an end of theirs', () => {
    const { tracker, states } = track();
    const event: Alert = { ...FAULT, category: 'Event' };
    tracker.poll([event]);
    tracker.poll([event]);
    expect(tracker.counts()?.Major).toBe(1);
    tracker.poll([]);
    expect(states()).toEqual(['event/poll']);
    expect(tracker.counts()?.Major).toBe(0);
  });

  it('is bounded, and counts what it leaves out', () => {
    const { tracker, transitions } = track({ maxAlerts: 10 });
    const many = Array.from({ length: 25 }, (_, index): Alert => ({
      ...FAULT,
      match_key: `m${index}`,
      sequence_number: `${index}`,
      location: `l${index}`,
    }));
    tracker.poll(many);
    expect(tracker.active().length).toBe(10);
    expect(transitions.length).toBe(10);
    expect(tracker.stats.overflow).toBe(15);
  });

  it('forgets what only traps speak of, after its time to live', () => {
    const state = track({ ttlMs: 1_000 });
    state.tracker.trap(TRAP, [FAULT]);
    state.time += 900;
    state.tracker.trap(TRAP, [FAULT]);
    state.time += 900;
    expect(state.tracker.counts()?.Major).toBe(1);
    state.time += 200;
    expect(state.tracker.counts()?.Major).toBe(0);
    expect(state.tracker.stats.expired).toBe(1);
    expect(state.states()).toEqual(['raised/trap']);
  });
});

describe('events and traps without an alert', () => {
  it('records the end of what was never raised as an event', () => {
    const { tracker, states } = track();
    tracker.trap(TRAP, [RECOVERY]);
    expect(states()).toEqual(['event/trap']);
    expect(tracker.active()).toEqual([]);
  });

  it('tells an event once, whether the list has it later or not', () => {
    const { tracker, states } = track();
    tracker.trap(TRAP, [{ ...FAULT, category: 'Event' }]);
    tracker.poll([{ ...FAULT, category: 'Event' }]);
    expect(states()).toEqual(['event/trap']);
  });

  it('takes the unspecified for an event in a trap and for a fault in a list', () => {
    const { tracker, states } = track();
    const unspecified: Alert = { ...FAULT, category: 'NotSpecified' };
    tracker.trap(TRAP, [unspecified]);
    tracker.poll([unspecified]);
    expect(states()).toEqual(['event/trap', 'raised/poll']);
  });

  it('records traps that could not be read', () => {
    const { tracker, states } = track();
    tracker.unparsed(TRAP, 'unknown_trap');
    expect(states()).toEqual(['trap/unknown_trap']);
    expect(tracker.counts()).toBeUndefined();
  });
});

describe('record ids', () => {
  const uids = (act: (tracker: AlertTracker) => void) => {
    const { tracker, transitions } = track();
    act(tracker);
    return transitions.map(({ uid }) => uid);
  };

  it('are the same after a restart, by trap or by poll', () => {
    const first = uids((tracker) => tracker.trap(TRAP, [FAULT]));
    expect(uids((tracker) => tracker.poll([FAULT]))).toEqual(first);
    expect(first[0]).toMatch(
      /^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
    );
  });

  it('differ by state, time and alert', () => {
    const all = uids((tracker) => {
      tracker.poll([FAULT, { ...FAULT, match_key: 'disk/5', sequence_number: '5' }]);
      tracker.poll([]);
      tracker.poll([{ ...FAULT, occur_time: 901 }]);
    });
    expect(new Set(all).size).toBe(5);
  });
});

describe('one key twice in a poll', () => {
  const twins: Alert[] = [
    { ...FAULT, severity: 'Minor', description: 'fan', occur_time: 3 },
    { ...FAULT, severity: 'Critical', description: 'disk', occur_time: 1 },
    { ...FAULT, severity: 'Critical', description: 'power', occur_time: 2 },
  ];

  it('is one alert, the worst and newest, and no poll updates it', () => {
    const { tracker, states, transitions } = track();
    for (let poll = 0; poll < 3; poll += 1) tracker.poll(poll === 1 ? twins.toReversed() : twins);
    expect(states()).toEqual(['raised/poll']);
    expect(transitions[0]).toMatchObject({ alert: { description: 'power', severity: 'Critical' } });
    expect(tracker.counts()).toMatchObject({ Critical: 1, Minor: 0 });
  });

  it('also where only what is known links the two', () => {
    const { match_key: _, ...bySequence } = FAULT;
    const { sequence_number: __, ...byKey } = FAULT;
    const { tracker, states } = track();
    tracker.poll([FAULT]);
    const both = [
      { ...byKey, location: 'a', description: 'one' },
      { ...bySequence, location: 'b', description: 'two' },
    ];
    tracker.poll(both);
    const after = states().length;
    tracker.poll(both);
    tracker.poll(both);
    expect(states()).toHaveLength(after);
  });
});

it('tells the age of what was heard by the steady clock', () => {
  let wall = 10_000_000;
  let steady = 0;
  const { tracker } = track({ now: () => wall, steady: () => steady, ttlMs: 1_000 });
  tracker.trap(TRAP, [FAULT]);
  wall -= 3_600_000;
  steady += 1_000;
  expect(tracker.active()).toHaveLength(1);
  steady += 1;
  expect(tracker.active()).toEqual([]);
});

describe('a trap about another array', () => {
  it('is told once unless another backend takes it', () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    try {
      const foreign = createForeignTraps();
      const told: string[] = [];
      const traps = [1, 2, 3].map((uptime) => ({ ...TRAP, uptime }));
      const [first, second, third] = traps as [Trap, Trap, Trap];
      foreign.foreign(first, () => told.push('alone'));
      expect(told).toEqual(['alone']);
      const leave = [foreign.join([TRAP.source]), foreign.join([TRAP.source])];
      foreign.taken(first);
      foreign.foreign(first, () => told.push('first'));
      foreign.foreign(second, () => told.push('second'));
      foreign.taken(second);
      foreign.foreign(third, () => told.push('third'));
      foreign.foreign(third, () => told.push('third again'));
      vi.advanceTimersByTime(1_000);
      expect(told).toEqual(['alone', 'third']);
      for (const gone of leave) gone();
      foreign.foreign(second, () => told.push('alone again'));
      expect(told).toHaveLength(3);
    } finally {
      vi.useRealTimers();
    }
  });
});

describe('a fault without a time of its own', () => {
  const { occur_time: _, ...UNTIMED } = FAULT;
  const uidsOf = ({ transitions }: Tracked) => transitions.map(({ uid }) => uid);

  it('that comes again has records of its own, each time', () => {
    const tracked = track();
    for (let round = 0; round < 3; round += 1) {
      tracked.tracker.poll([UNTIMED]);
      tracked.time += 86_400_000;
      tracked.tracker.poll([]);
      tracked.time += 86_400_000;
    }
    expect(tracked.states()).toEqual(
      Array.from({ length: 3 }, () => ['raised/poll', 'cleared/poll']).flat(),
    );
    expect(new Set(uidsOf(tracked)).size).toBe(6);
  });

  it('is the same record again after a restart', () => {
    const [before, after] = [track(), track()];
    after.time += 3_600_000;
    for (const { tracker } of [before, after]) tracker.poll([UNTIMED]);
    expect(uidsOf(after)).toEqual(uidsOf(before));
  });

  it('that changes to and fro has a record of its own for each change', () => {
    const tracked = track();
    for (const severity of ['Major', 'Minor', 'Major', 'Minor'] as const) {
      tracked.tracker.poll([{ ...UNTIMED, severity }]);
    }
    expect(tracked.states()).toEqual([
      'raised/poll',
      'updated/poll',
      'updated/poll',
      'updated/poll',
    ]);
    expect(new Set(uidsOf(tracked)).size).toBe(4);
  });

  it('an event that happens twice is two records', () => {
    const tracked = track();
    const event: Alert = { ...UNTIMED, category: 'Event' };
    tracked.tracker.trap({ ...TRAP, received_at: 1_000 }, [event]);
    tracked.tracker.trap({ ...TRAP, received_at: 2_000 }, [event]);
    expect(new Set(uidsOf(tracked)).size).toBe(2);
  });
});
