/** Every tidy rule, cheapest to understand first. */
import { documentedExports, listedExports, namedExports, noEnums } from './exports.ts';
import { downwardDependencies, downwardImports, knownPackages, noCycles } from './imports.ts';
import { licensedPackages } from './licences.ts';
import { lockedForAllPlatforms } from './lockfile.ts';
import { kebabNames, namedForWhatTheyHold, wholePackages } from './names.ts';
import { shortFiles, shortFunctions } from './size.ts';
import type { Rule } from './source.ts';
import {
  noMachinePaths,
  noRegistryHosts,
  nothingLeftToDo,
  reasonedSkips,
  reasonedSuppressions,
} from './text.ts';

export const rules: readonly Rule[] = [
  shortFiles,
  shortFunctions,
  kebabNames,
  namedForWhatTheyHold,
  wholePackages,
  licensedPackages,
  knownPackages,
  downwardImports,
  downwardDependencies,
  noCycles,
  documentedExports,
  namedExports,
  listedExports,
  noEnums,
  reasonedSuppressions,
  reasonedSkips,
  nothingLeftToDo,
  noMachinePaths,
  noRegistryHosts,
  lockedForAllPlatforms,
];
