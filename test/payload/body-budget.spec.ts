import { describe, expect, it } from '@jest/globals';
import { Socket } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { BodyBudget } from '../../lib/payload/body-budget.js';

describe('BodyBudget', () => {
  it('charges totals as long as there is enough left, over all connections', () => {
    const budget = new BodyBudget(10);
    const [one, two] = [budget.open(new Socket()), budget.open(new Socket())];

    expect([one.charge(4), one.charge(6), two.charge(5), two.charge(4), one.charge(7)]).toEqual([
      true,
      true,
      false,
      true,
      false,
    ]);
  });

  it('gets back what a closed account was charged, once', () => {
    const budget = new BodyBudget(10);
    const one = budget.open(new Socket());
    one.charge(6);
    one.close();
    one.close();

    expect(one.charge(1)).toBe(false);
    const [two, three] = [budget.open(new Socket()), budget.open(new Socket())];
    expect([two.charge(10), three.charge(1)]).toEqual([true, false]);
  });

  it('gets back all that was charged for the requests of a connection when it ends', async () => {
    const budget = new BodyBudget(10);
    const socket = new Socket();
    const accounts = Array.from({ length: 10 }, () => budget.open(socket));
    for (const account of accounts) account.charge(1);
    expect(socket.listenerCount('close')).toBe(new Socket().listenerCount('close') + 1);
    socket.destroy();
    await nextTurn();

    expect(budget.open(new Socket()).charge(10)).toBe(true);
  });
});
