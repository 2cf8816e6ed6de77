/**
 * Imports a package that stands beside this file. The rivals' packages are outside the workspaces, so a plain import from the
 * benchmark would not find them; one from here does, and picks the entry that each package means for ES modules.
 */
export const load = (name) => import(name);
