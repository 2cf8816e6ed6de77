import { describe, expect, it } from 'vitest';
import { Flight } from './flight.ts';
import { Slot } from './slot.ts';

function slot(number: number): Slot {
  const made = new Slot();
  made.number = number;
  return made;
}

describe('a flight', () => {
  it('finds a message by its reply subject, as text and as bytes', () => {
    const flight = new Flight('_INBOX.größe');
    const slots = Array.from({ length: 1_200 }, (_, number) => slot(number));
    for (const each of slots) flight.add(each);
    for (const each of slots) {
      const reply = Buffer.from(flight.replyOf(each));
      expect(flight.find(new Uint8Array(reply))).toBe(each);
    }
    const plain = new Flight('_INBOX.x');
    const [first] = slots as [Slot];
    plain.add(first);
    expect(plain.find(plain.replyOf(first))).toBe(first);
  });

  it('finds none for an ack that comes after its message was done, though its place is taken again', () => {
    const flight = new Flight('i');
    const first = slot(1);
    flight.add(first);
    const late = flight.replyOf(first);
    flight.remove(first);
    expect(flight.find(late)).toBeUndefined();
    const second = slot(2);
    flight.add(second);
    expect(second.index).toBe(0);
    expect(flight.find(late)).toBeUndefined();
    expect(flight.find(flight.replyOf(second))).toBe(second);
    expect(flight.size).toBe(1);
  });

  it.each(['', '0', 'x', '-', '0-', '0-0-0', '0-x', '1-0', '99999999999999999999-0', '0-0.1'])(
    'finds none for a reply that it never gave: %j',
    (token) => {
      const flight = new Flight('i');
      const taken = slot(1);
      flight.add(taken);
      flight.remove(taken);
      flight.add(taken);
      expect(flight.find(`i.${token}`)).toBeUndefined();
    },
  );

  it('lists all in the order in which they came', () => {
    const flight = new Flight('i');
    const slots = Array.from({ length: 5 }, (_, number) => slot(number));
    for (const each of slots.slice(0, 4)) flight.add(each);
    flight.remove(slots[1] as Slot);
    flight.add(slots[4] as Slot);
    expect(flight.inOrder().map(({ number }) => number)).toEqual([0, 2, 3, 4]);
  });
});
