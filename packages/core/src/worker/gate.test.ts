import { describe, expect, it } from 'vitest';
import { Gate } from './gate.ts';

function recorded(concurrency: number) {
  const started: string[] = [];
  const gate = new Gate<string>(concurrency, (work, alone) =>
    started.push(`${work.join('+')}${alone ? ' alone' : ''}`),
  );
  return { gate, started };
}

describe('gate', () => {
  it('starts as much as its concurrency allows, and the next when one leaves', () => {
    const { gate, started } = recorded(2);
    for (const name of ['a', 'b', 'c']) gate.enter([name]);
    expect(started).toEqual(['a', 'b']);
    gate.leave();
    expect(started).toEqual(['a', 'b', 'c']);
  });

  it('counts a batch as one piece of work', () => {
    const { gate, started } = recorded(1);
    gate.enter(['a', 'b']);
    expect(started).toEqual(['a+b']);
    expect(gate.running).toBe(1);
  });

  it('runs what must be alone with nothing beside it, before what waits', () => {
    const { gate, started } = recorded(2);
    gate.enter(['a']);
    gate.enterAlone(['suspect']);
    gate.enter(['b']);
    expect(started).toEqual(['a']);
    gate.leave();
    expect(started).toEqual(['a', 'suspect alone']);
    gate.leave();
    expect(started).toEqual(['a', 'suspect alone', 'b']);
  });

  it('starts nothing once it is shut', () => {
    const { gate, started } = recorded(1);
    gate.enter(['a']);
    gate.enter(['b']);
    gate.shut();
    gate.leave();
    expect(started).toEqual(['a']);
  });

  it('keeps order over thousands that wait', () => {
    const { gate, started } = recorded(1);
    const names = Array.from({ length: 5_000 }, (_, index) => `m${index}`);
    for (const name of names) gate.enter([name]);
    for (const _ of names) gate.leave();
    expect(started).toEqual(names);
  });

  it('asks its door, starts what comes back from there first, and nothing while it is closed', () => {
    const started: string[] = [];
    const door = {
      isOpen: true,
      admit: ([name]: readonly string[]) => name !== 'refused',
    };
    const gate = new Gate<string>(1, ([name]) => started.push(name as string), door);
    for (const name of ['a', 'refused', 'b', 'c']) gate.enter([name]);
    gate.again(['back'], false);
    gate.leave();
    gate.leave();
    expect(started).toEqual(['a', 'back', 'b']);
    door.isOpen = false;
    gate.leave();
    expect(started).toHaveLength(3);
    door.isOpen = true;
    gate.wake();
    expect(started).toEqual(['a', 'back', 'b', 'c']);
    expect(gate.waiting).toBe(0);
  });

  it('starts more at once when its limit is raised, and no more than a lower one', () => {
    const { gate, started } = recorded(1);
    for (const name of ['a', 'b', 'c', 'd', 'e']) gate.enter([name]);
    gate.concurrency = 3;
    expect(started).toEqual(['a', 'b', 'c']);
    gate.concurrency = 1;
    gate.leave();
    gate.leave();
    expect(started).toHaveLength(3);
    gate.leave();
    expect(started).toEqual(['a', 'b', 'c', 'd']);
  });

  it('does not nest when work ends while it is started', () => {
    let started = 0;
    const instant: Gate<number> = new Gate<number>(1, () => {
      if (++started > 1) instant.leave();
    });
    for (let index = 0; index < 50_000; index++) instant.enter([index]);
    instant.leave();
    expect(started).toBe(50_000);
    expect(instant.running).toBe(0);
  });
});
