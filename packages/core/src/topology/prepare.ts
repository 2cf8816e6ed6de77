import { JetlaneError } from '@jetlane/contracts';
import type { Topology } from '../bus.ts';
import type { Admin } from './admin.ts';
import { apply, assertAllowed } from './apply.ts';
import { toLine } from './change.ts';
import { plan } from './plan.ts';

/**
 * Makes sure that everything declared is there before workers run: `'apply'` creates and changes in place, and never deletes;
 * `'verify'` changes nothing. One round trip for each part, all at once, when there is nothing to do.
 *
 * @throws JetlaneError `TOPOLOGY_CONFLICT`, saying what differs and which command settles it; see also `apply`
 */
export async function prepare(
  admin: Admin,
  topology: Topology,
  mode: 'apply' | 'verify',
): Promise<void> {
  const { changes, warnings } = await plan(admin, topology);
  // Processes of an earlier version may still run.
  const found = { changes: changes.filter(({ action }) => action !== 'delete'), warnings };
  if (found.changes.length === 0) return;
  assertAllowed(found.changes, false);
  if (mode === 'apply') {
    await apply(admin, found);
    return;
  }
  const lines = found.changes.map((change) => `\n  - ${toLine(change)}`);
  throw new JetlaneError(
    'TOPOLOGY_CONFLICT',
    `the server does not have what is declared, and this client only verifies (topology: 'verify'):${lines.join('')}\nTo settle it: jetlane streams apply APP`,
  );
}
