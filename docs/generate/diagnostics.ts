/** The diagnostics channels, as Markdown, from the module that declares them. */
import { join } from 'node:path';
import type { TSInterfaceDeclaration } from 'oxc-parser';
import { membersOf } from './declared.ts';
import { declarationIn, docBefore, readModule } from './module.ts';
import { packageSource } from './places.ts';

/** A channel as its event documents it. */
export interface Channel {
  /** `jetlane:publish` */
  readonly name: string;
  /** `PublishEvent` */
  readonly event: string;
  readonly text: string;
}

/** Each channel with its fields, in the order of the code. */
export function channels(): Channel[] {
  const module = readModule(join(packageSource('core'), 'diagnostics.ts'));
  return module.program.body.flatMap((statement) => {
    const declaration = declarationIn(statement);
    const doc = docBefore(module, statement.start);
    const [, name, words = ''] = /^`(jetlane:\w+)`: ([\s\S]*)$/.exec(doc?.summary ?? '') ?? [];
    if (name === undefined || declaration?.type !== 'TSInterfaceDeclaration') return [];
    const event = declaration.id.name;
    const text = [
      `## ${name}`,
      `${words.charAt(0).toUpperCase()}${words.slice(1)}`,
      [...fieldLines(module, declaration), ...inherited(declaration)].join('\n'),
    ].join('\n\n');
    return [{ name, event, text }];
  });
}

/** The page of channels. */
export function diagnosticsPage(): string {
  return `${channels()
    .map(({ text }) => text)
    .join('\n\n')}\n`;
}

function fieldLines(
  module: Parameters<typeof membersOf>[0],
  declaration: TSInterfaceDeclaration,
): string[] {
  return membersOf(module, declaration).map(({ signature, doc }) => {
    const words = doc.summary.replaceAll('\n', ' ');
    return `- \`${signature.replace(/^readonly /, '')}\`${words === '' ? '' : ` ${words}`}`;
  });
}

function inherited({ extends: parents }: TSInterfaceDeclaration): string[] {
  return parents.flatMap(({ expression }) =>
    expression.type === 'Identifier'
      ? [`- and all of [${expression.name}](./api/core#${expression.name.toLowerCase()})`]
      : [],
  );
}
