import { expect, it } from 'vitest';
import { ManualClock } from './manual-clock.ts';

it('runs what falls due in order, one moment a step, and stops at the limit', () => {
  const clock = new ManualClock();
  const startMs = clock.now();
  const ran: string[] = [];
  const note = (name: string) => () => ran.push(`${name}@${clock.now() - startMs}`);
  clock.after(20, note('b'));
  clock.after(10, note('a1'));
  clock.after(10, note('a2'));
  clock.after(40, note('late'));
  clock.after(15, note('cancelled'))();
  while (clock.step(startMs + 30));
  expect(ran).toEqual(['a1@10', 'a2@10', 'b@20']);
  expect(clock.now() - startMs).toBe(30);
});

it('runs what a task schedules for the same time span', () => {
  const clock = new ManualClock();
  const startMs = clock.now();
  let beats = 0;
  const beat = () => {
    beats++;
    clock.after(10, beat);
  };
  clock.after(10, beat);
  while (clock.step(startMs + 55));
  expect(beats).toBe(5);
});

it('sweeps out cancelled tasks', () => {
  const clock = new ManualClock();
  let ran = 0;
  for (let i = 0; i < 5_000; i++) clock.after(10, () => ran++)();
  clock.after(10, () => ran++);
  while (clock.step(clock.now() + 10));
  expect(ran).toBe(1);
});
