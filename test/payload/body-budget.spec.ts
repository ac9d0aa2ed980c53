import { describe, expect, it } from '@jest/globals';
import { EventEmitter } from 'node:events';
import { Socket } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { BodyBudget } from '../../lib/payload/body-budget.js';

describe('BodyBudget', () => {
  it('charges totals as long as there is enough left, over all connections', () => {
    const budget = new BodyBudget(10, 0);
    const [one, two] = [budget.open(new Socket()), budget.open(new Socket())];

    expect([one.charge(4), one.charge(6), two.charge(5), two.charge(4), one.charge(7)]).toEqual([
      true,
      true,
      false,
      true,
      false,
    ]);
  });

  it('leaves so many bytes of each request free', () => {
    const budget = new BodyBudget(10, 100);
    const accounts = Array.from({ length: 3 }, () => budget.open(new Socket()));

    expect(accounts.map((account) => account.charge(100))).toEqual([true, true, true]);
    expect(accounts.map((account) => account.charge(105))).toEqual([true, true, false]);
  });

  it('gets back what a closed account was charged, once', () => {
    const budget = new BodyBudget(10, 0);
    const one = budget.open(new Socket());
    one.charge(6);
    one.close();
    one.close();

    expect(one.charge(1)).toBe(false);
    const [two, three] = [budget.open(new Socket()), budget.open(new Socket())];
    expect([two.charge(10), three.charge(1)]).toEqual([true, false]);
  });

  it('gets back all that was charged for the requests of a connection when it ends', async () => {
    const budget = new BodyBudget(10, 0);
    const socket = new Socket();
    const accounts = Array.from({ length: 10 }, () => budget.open(socket));
    for (const account of accounts) account.charge(1);
    expect(budget.openOn(socket)).toBe(10);
    expect(socket.listenerCount('close')).toBe(new Socket().listenerCount('close') + 1);
    socket.destroy();
    await nextTurn();

    expect(budget.openOn(socket)).toBe(0);
    expect(budget.open(new Socket()).charge(10)).toBe(true);
  });

  it.each([undefined, {}, new EventEmitter()])('charges nothing to requests that come over %j', (socket) => {
    const budget = new BodyBudget(0, 0);

    expect(budget.open(socket as Socket).charge(1)).toBe(true);
    expect(budget.openOn(socket as Socket)).toBe(0);
  });
});
