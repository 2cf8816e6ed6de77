import { describe, expect, it } from 'vitest';
import { advance } from '../../test/advance.ts';
import { ManualClock } from '../memory/manual-clock.ts';
import { type Announcement, Membership, newMemberId, toAnnouncement } from './membership.ts';

/** Members that hear each other at once, as long as they are connected. */
function room() {
  const clock = new ManualClock();
  const present = new Map<Membership, { connected: boolean; members: readonly string[] }>();
  const join = () => {
    const state = { connected: true, members: [] as readonly string[] };
    let self: Membership | undefined;
    const announcer = {
      get connected() {
        return state.connected;
      },
      send: (announcement: Announcement) => {
        for (const [other, { connected }] of present)
          if (other !== self && connected) other.hear(announcement);
      },
    };
    const member: Membership = new Membership({
      id: newMemberId(),
      clock,
      announcer,
      holds: () => [],
      changed: (members) => {
        state.members = members;
      },
    });
    self = member;
    present.set(member, state);
    // Its own first words were said before it could be listed.
    announcer.send({ id: member.id, name: member.name, holds: [], joins: true });
    return { member, state };
  };
  return { clock, join, pass: (byMs: number) => advance(clock, byMs) };
}

describe('the members of a group', () => {
  it('know each other soon after they have joined, each with the same list', () => {
    const { join, pass } = room();
    const [a, b, c] = [join(), join(), join()];
    pass(200);
    const ids = [a.member.id, b.member.id, c.member.id].sort();
    expect([a.state.members, b.state.members, c.state.members]).toEqual([ids, ids, ids]);
  });

  it('take nothing before they have listened', () => {
    const { join, pass } = room();
    const { state } = join();
    pass(199);
    expect(state.members).toEqual([]);
    pass(1);
    expect(state.members).toHaveLength(1);
  });

  it('see at once that one leaves', () => {
    const { join, pass } = room();
    const [a, b] = [join(), join()];
    pass(1_200);
    b.member.leave();
    expect(a.state.members).toEqual([a.member.id]);
  });

  it('take one that is silent for gone, after three seconds', () => {
    const { join, pass } = room();
    const [a, b] = [join(), join()];
    pass(1_200);
    b.state.connected = false;
    pass(2_000);
    expect(a.state.members).toHaveLength(2);
    pass(3_000);
    expect(a.state.members).toEqual([a.member.id]);
  });

  it('take nobody for gone while they hear nothing themselves', () => {
    const { join, pass } = room();
    const [a] = [join(), join()];
    pass(1_200);
    a.state.connected = false;
    pass(60_000);
    expect(a.state.members).toHaveLength(2);
  });
});

describe('an announcement', () => {
  const read = (text: string) => toAnnouncement(new TextEncoder().encode(text));

  it('is read as it was said', () => {
    const said = { id: 'h/1/a', name: 'h/1', holds: [{ partition: 3, pin: 'x' }] };
    expect(read(JSON.stringify(said))).toEqual({ ...said, joins: false, leaves: false });
  });

  it.each(['', 'null', '[]', '{"id":1,"name":"x"}', '{'])('is not read from %s', (text) => {
    expect(read(text)).toBeUndefined();
  });

  it('has no holdings that make no sense', () => {
    const holds = [null, { partition: 'x', pin: '' }, { partition: 1 }, 7];
    expect(read(JSON.stringify({ id: 'a', name: 'b', holds }))?.holds).toEqual([]);
  });
});
