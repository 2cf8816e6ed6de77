import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Slot } from './slot.ts';
import { Window } from './window.ts';

let numbers = 0;

function slot(subject: string, { sizeBytes = 100, deadlineMs = 1_000 } = {}): Slot {
  const made = new Slot();
  made.number = ++numbers;
  made.message = { id: `${numbers}`, subject, headers: {}, payload: new Uint8Array(0) };
  made.sizeBytes = sizeBytes;
  made.deadlineMs = deadlineMs;
  return made;
}

const window = (options: Partial<ConstructorParameters<typeof Window>[0]> = {}) =>
  new Window({ messagesMax: 4, bytesMax: 1_000, ordered: false, ...options }, 'i');

/** What is in flight after as many were admitted as fit. */
function admitted(of: Window): Slot[] {
  const slots: Slot[] = [];
  for (let next = of.admit(); next !== undefined; next = of.admit()) slots.push(next);
  return slots;
}

describe('a window', () => {
  it('lets in what fits, by messages and by bytes, and the rest in order as room comes', () => {
    const small = window();
    const slots = [1, 2, 3, 4, 5, 6].map(() => slot('s'));
    expect(slots.map((each) => small.enter(each))).toEqual([true, true, true, true, false, false]);
    small.remove(slots[2] as Slot);
    expect(admitted(small)).toEqual([slots[4]]);
    const bytes = window({ messagesMax: 100 });
    const large = [600, 600, 100].map((sizeBytes) => slot('s', { sizeBytes }));
    expect(large.map((each) => bytes.enter(each))).toEqual([true, false, false]);
    bytes.remove(large[0] as Slot);
    expect(admitted(bytes)).toEqual(large.slice(1));
  });

  it('lets in what is larger than the limit when it is alone', () => {
    const small = window();
    expect(small.enter(slot('s', { sizeBytes: 5_000 }))).toBe(true);
    expect(small.enter(slot('s'))).toBe(false);
  });

  it('takes out what waits and is due, and nothing else', () => {
    const small = window({ messagesMax: 1 });
    const slots = [1, 2, 3].map((deadlineMs) => slot('s', { deadlineMs }));
    for (const each of slots) small.enter(each);
    expect(small.expired(2)).toEqual([slots[1]]);
    expect(small.waiting).toBe(1);
    expect(small.empty()).toEqual([slots[0], slots[2]]);
    expect(small.size).toBe(0);
  });
});

describe('an ordered window', () => {
  it('holds back later messages of a subject, and no others', () => {
    const ordered = window({ ordered: true });
    const [a1, a2, a3, b1] = [slot('a'), slot('a'), slot('a'), slot('b')] as const;
    expect([a1, a2, a3, b1].map((each) => ordered.enter(each))).toEqual([true, false, false, true]);
    expect(ordered.admit()).toBeUndefined();
    ordered.remove(a1);
    expect(admitted(ordered)).toEqual([a2]);
    ordered.remove(b1);
    expect(ordered.admit()).toBeUndefined();
    ordered.remove(a2);
    expect(admitted(ordered)).toEqual([a3]);
    ordered.remove(a3);
    expect(ordered.size).toBe(0);
  });

  it('lets those that are due go, from any place in their chain', () => {
    const ordered = window({ ordered: true, messagesMax: 1 });
    const first = slot('a', { deadlineMs: 9 });
    const due = [1, 2].map((deadlineMs) => slot('a', { deadlineMs }));
    const queued = slot('b', { deadlineMs: 3 });
    const behind = slot('b', { deadlineMs: 8 });
    const last = slot('a', { deadlineMs: 9 });
    for (const each of [first, ...due, queued, behind, last]) ordered.enter(each);
    expect(new Set(ordered.expired(3))).toEqual(new Set([...due, queued]));
    ordered.remove(first);
    expect(ordered.admit()).toBe(behind);
    ordered.remove(behind);
    expect(ordered.admit()).toBe(last);
    ordered.remove(last);
    expect(ordered.size).toBe(0);
  });

  it('never has two of a subject in flight, keeps their order, and loses none', () => {
    const step = fc.oneof(
      fc.record({ put: fc.constantFrom('a', 'b', 'c'), deadlineMs: fc.nat({ max: 50 }) }),
      fc.record({ end: fc.nat({ max: 5 }) }),
      fc.record({ passMs: fc.nat({ max: 10 }) }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
        const ordered = window({ ordered: true, messagesMax: 3, bytesMax: 350 });
        const flying: Slot[] = [];
        const sent: Slot[] = [];
        let [put, ended, nowMs] = [0, 0, 0];
        const send = (slots: readonly Slot[]) => {
          for (const each of slots) {
            const { subject } = each.message;
            expect(flying.some(({ message }) => message.subject === subject)).toBe(false);
            const before = sent.findLast(({ message }) => message.subject === subject);
            expect(before === undefined || before.number < each.number).toBe(true);
            flying.push(each);
            sent.push(each);
          }
        };
        for (const each of steps) {
          if ('put' in each) {
            put++;
            const next = slot(each.put, { deadlineMs: nowMs + 40 });
            if (ordered.enter(next)) send([next]);
          } else if ('end' in each) {
            const [done] = flying.splice(each.end, 1);
            if (done !== undefined) ordered.remove(done);
            if (done !== undefined) ended++;
            send(admitted(ordered));
          } else {
            nowMs += each.passMs;
            ended += ordered.expired(nowMs).length;
            send(admitted(ordered));
          }
          expect(ordered.size).toBe(put - ended);
          expect(ordered.flight.size).toBe(flying.length);
        }
        expect(ordered.empty()).toHaveLength(put - ended);
      }),
      { numRuns: 500 },
    );
  });
});
