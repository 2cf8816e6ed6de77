import { afterEach, describe, expect, it, vi } from 'vitest';
import { FAULTS } from './catalog.ts';
import { FAULT_NAMES } from './fault.ts';
import { parseOptions } from './options.ts';

const stderr = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
afterEach(() => stderr.mockClear());

/** What is written about arguments that are refused. */
function refusal(...args: string[]): string {
  expect(() => parseOptions(args, FAULTS)).toThrow();
  return stderr.mock.calls.map(([text]) => String(text)).join('');
}

describe('the command line', () => {
  it('without arguments tries all that there is, at full size, and records it', () => {
    const { trials, seed, size, json, record } = parseOptions([], FAULTS);
    expect({ seed, size, json, record }).toEqual({
      seed: 1,
      size: 'full',
      json: false,
      record: true,
    });
    expect(trials.map(({ fault, nodes }) => [fault.name, nodes])).toEqual(
      FAULTS.flatMap(({ name, nodes }) => nodes.map((each) => [name, each])),
    );
  });

  it('replays one', () => {
    const args = '--only leader-pause --seed 7 --size small --json'.split(' ');
    const { trials, ...rest } = parseOptions(args, FAULTS);
    expect(rest).toEqual({ seed: 7, size: 'small', json: true, record: false, render: false });
    expect(trials.map(({ fault, nodes }) => [fault.name, nodes])).toEqual([['leader-pause', 3]]);
    expect(parseOptions(['--only', 'broker-kill'], FAULTS).trials[0]?.nodes).toBe(1);
    expect(parseOptions(['--only', 'broker-kill', '--record'], FAULTS).record).toBe(true);
  });

  it('refuses one server for a fault that needs three', () => {
    expect(refusal('--only', 'network-partition', '--nodes', '1')).toMatch(
      /^network-partition runs with --nodes 3, not with 1\.\nFaults: broker-kill, ack-drop, /,
    );
  });

  it.each([
    [['--only', 'broker-kil'], /broker-kil/],
    [['--only'], /argument missing/],
    [['--sed', '1'], /unknown option '--sed'/],
    [['--seed', '-1'], /whole number/],
    [['--seed', '1.5'], /whole number/],
    [['--seed', '4294967296'], /whole number/],
    [['--size', 'huge'], /small, full/],
    [['--nodes', '2'], /1, 3/],
    [['broker-kill'], /too many arguments/],
  ])('refuses %j, and lists the faults', (args, words) => {
    const said = refusal(...args);
    expect(said).toMatch(words);
    expect(said).toContain(`Faults: ${FAULTS.map(({ name }) => name).join(', ')}\n`);
  });
});

it('the catalog holds every fault once, in order', () => {
  expect(FAULTS.map(({ name }) => name)).toEqual(
    FAULT_NAMES.filter((name) => FAULTS.some((fault) => fault.name === name)),
  );
});
