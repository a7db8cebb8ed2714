import { describe, expect, it } from 'vitest';
import { serverKey } from '../../src/backend/settings.ts';
import { ALONE, isAlone, place, setApart, type Homes } from '../../src/worker/placement.ts';

const servers = (...names: string[]) => new Set(names);

describe('the placement of arrays on threads', () => {
  it('spreads arrays evenly, and starts no thread that would be empty', () => {
    const homes = place(new Map(), servers('a', 'b', 'c', 'd', 'e'), 2);
    expect([...homes.values()].toSorted()).toEqual([0, 0, 0, 1, 1]);
    expect(new Set(place(new Map(), servers('a', 'b'), 8).values())).toEqual(new Set([0, 1]));
    expect(place(new Map(), servers(), 8).size).toBe(0);
  });

  it('moves no array when another comes or goes', () => {
    let homes: Homes = new Map();
    const present: string[] = [];
    for (const step of ['+a', '+b', '+c', '+d', '-a', '-c', '+e', '-b', '+f', '+g', '-d']) {
      if (step.startsWith('+')) present.push(step.slice(1));
      else present.splice(present.indexOf(step.slice(1)), 1);
      const next = place(homes, servers(...present), 4);
      for (const [server, home] of next) {
        if (homes.has(server))
          expect([step, server, home]).toEqual([step, server, homes.get(server)]);
      }
      homes = next;
    }
    expect([...homes.keys()].toSorted()).toEqual(['e', 'f', 'g']);
  });

  it('moves only what loses its thread when there are to be fewer', () => {
    const before = place(new Map(), servers('a', 'b', 'c', 'd'), 4);
    const after = place(before, servers('a', 'b', 'c', 'd'), 2);
    const moved = [...after].filter(([server, home]) => before.get(server) !== home);
    expect(moved).toHaveLength(2);
    expect(new Set(after.values()).size).toBe(2);
  });

  it('keeps what took its thread down on a thread of its own', () => {
    const before = place(new Map(), servers('a', 'b', 'bad', 'c', 'worse'), 2);
    const apart = setApart(setApart(before, servers('bad')), servers('worse'));
    expect(apart.get('bad')).toBe(ALONE);
    expect(apart.get('worse')).toBe(ALONE + 1);
    for (const name of ['a', 'b', 'c']) expect(apart.get(name)).toBe(before.get(name));
    const later = place(apart, servers('a', 'b', 'bad', 'c', 'worse', 'new'), 2);
    expect([later.get('bad'), later.get('worse')]).toEqual([ALONE, ALONE + 1]);
    expect(isAlone(later.get('new'))).toBe(false);
  });

  it('bounds the threads that bad drivers get: beyond, they share', () => {
    const names = Array.from({ length: 40 }, (_, index) => `bad-${index}`);
    let homes = place(new Map(), servers(...names), 2);
    for (const name of names) homes = setApart(homes, servers(name));
    expect([...homes.values()].every(isAlone)).toBe(true);
    expect(new Set(homes.values()).size).toBe(16);
  });
});

it('a server is a host and a port: arrays behind one address share nothing else', () => {
  const rest = (host: string, port?: number) => serverKey({ rest: { host, port } }, 'a');
  expect(rest('h', 1)).not.toBe(rest('h', 2));
  expect(rest('h', 1)).not.toBe(rest('h'));
  expect(rest('h', 1)).toBe(serverKey({ labels: 'x', rest: { host: 'h', port: 1 } }, 'b'));
  expect(serverKey({ ssh: { host: 'h' } }, 'a')).not.toBe(rest('h'));
  expect([serverKey({}, 'a'), serverKey({ fake: {} }, 'b')]).toEqual(['a', 'b']);
});
