/**
 * The short form of `npm run chaos`: every fault at its small size, with one server where it can, and with three where that
 * makes another fault of it.
 */
import { describe, expect, it } from 'vitest';
import { FAULTS } from '../src/catalog.ts';
import type { Fault, Nodes } from '../src/fault.ts';
import { runChaos } from './run-chaos.ts';

/** With three servers a kill is an election, too. */
const ALSO_THREE: readonly Fault['name'][] = ['broker-kill'];
const SEED = 1;

const trials = FAULTS.flatMap((fault) => {
  const [first] = fault.nodes as readonly [Nodes];
  const nodes: Nodes[] = ALSO_THREE.includes(fault.name) ? [...fault.nodes] : [first];
  return nodes.map((each) => ({ fault, nodes: each, name: `${fault.name}, ${each} server(s)` }));
});

describe('under each fault', () => {
  it.each(trials)(
    '$name: safe, and the fault bit',
    async ({ fault, nodes }) => {
      const args = ['--only', fault.name, '--size', 'small', '--seed', String(SEED)];
      const { code, stdout, stderr } = await runChaos([
        ...args,
        '--nodes',
        String(nodes),
        '--json',
      ]);
      const obstacle = fault.obstacle();
      if (obstacle !== undefined) {
        expect({ code, stdout }, stderr).toEqual({ code: 3, stdout: '' });
        expect(stderr).toContain(`${fault.name}: skipped, ${obstacle}`);
        return;
      }
      expect(code, stderr).toBe(0);
      expect(JSON.parse(stdout)).toMatchObject({
        name: fault.name,
        seed: SEED,
        size: 'small',
        nodes,
        lost: 0,
        doubleEffects: 0,
        orderInversions: 0,
        ok: true,
      });
    },
    300_000,
  );
});
