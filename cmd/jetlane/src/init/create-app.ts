/** Writes a new app and installs what it needs. */
import { writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { makeDirectory } from '@jetlane/devserver';
import { Failure, messageOf } from '../failure.ts';
import { install, installFailure, type Manager } from './manager.ts';
import { manifestOf } from './manifest.ts';
import { type TemplateName, templateFiles } from './template.ts';
import { type Clone, ownVersion, packInto } from './vendor.ts';

/** What was decided about a new app. */
export interface AppChoice {
  readonly name: string;
  /** Absolute. */
  readonly directory: string;
  readonly template: TemplateName;
  readonly manager: Manager;
  readonly install: boolean;
  /** Its packages are packed; undefined: a registry has them. */
  readonly clone: Clone | undefined;
}

/** Hears of each step; what it returns ends the step. */
export type Stepping = (title: string) => (done: string) => void;

/**
 * Writes the files, then packs the clone, then installs. Stops at the first of them that fails, keeps what is there, and says how to
 * go on. Resolves to the paths that were written.
 */
export async function createApp(choice: AppChoice, stepping: Stepping): Promise<string[]> {
  const { directory, clone, manager } = choice;
  const files = [
    { path: 'package.json', text: manifest(choice) },
    ...(await templateFiles(choice.template, choice.name)),
  ];
  await makeDirectory(directory).catch((cause: unknown) => {
    throw new Failure(
      `${directory} cannot be made: ${messageOf(cause)}; choose another one. Nothing was written`,
      1,
      { cause },
    );
  });
  await write(directory, files);
  if (clone !== undefined) {
    const done = stepping('packing Jetlane');
    await packInto(join(directory, 'vendor'), clone).catch((cause: unknown) => {
      done('not packed');
      throw new Failure(
        `${messageOf(cause)}. The files are in ${directory}: when that is mended, run it again with --force`,
        1,
        { cause },
      );
    });
    done(`packed ${clone.packages.length} packages of this clone into vendor/`);
  }
  if (choice.install) {
    const done = stepping(`installing dependencies with ${manager}`);
    const { code, output } = await install(manager, directory);
    done(code === 0 ? `installed dependencies with ${manager}` : 'not installed');
    if (code !== 0)
      throw new Failure(
        `${manager} install failed: ${installFailure(output)}. The files are in ${directory}: run '${manager} install' there when that is mended`,
      );
  }
  return files.map(({ path }) => path);
}

function manifest({ name, manager, clone }: AppChoice): string {
  return manifestOf({ name, manager, version: ownVersion(), vendored: clone?.packages });
}

async function write(
  directory: string,
  files: readonly { readonly path: string; readonly text: string }[],
): Promise<void> {
  for (const { path, text } of files) {
    const file = join(directory, path);
    try {
      await makeDirectory(dirname(file));
      await writeFile(file, text);
    } catch (cause) {
      throw new Failure(
        `${file} cannot be written: ${messageOf(cause)}. What was written before it is kept`,
        1,
        { cause },
      );
    }
  }
}
