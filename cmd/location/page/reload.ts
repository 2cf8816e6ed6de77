/** A page that is older than its server loads the new one, once: a second time would not help. */

const KEY = 'jetlane-reloaded-for';

/** Reloads for this build, unless it has done so before; false then, or where the browser keeps no notes. */
export function reloadOnce(build: string): boolean {
  try {
    if (sessionStorage.getItem(KEY) === build) return false;
    sessionStorage.setItem(KEY, build);
  } catch {
    return false;
  }
  location.reload();
  return true;
}
