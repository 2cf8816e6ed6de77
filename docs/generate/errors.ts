/** The error codes, as Markdown, from the union that declares them. */
import { join } from 'node:path';
import { type ErrorCode, JetlaneError } from '@jetlane/contracts';
import { commentAfter, declarationIn, declarationsOf, readModule } from './module.ts';
import { packageSource } from './places.ts';

/** A code and what the code itself says of it. */
export interface Coded {
  readonly code: ErrorCode;
  readonly words: string;
  /** Whether repeating the call may help, unless the error says otherwise. */
  readonly retryable: boolean;
}

/** Every code, in the order of the code. */
export function errorCodes(): Coded[] {
  const entry = readModule(join(packageSource('contracts'), 'index.ts'));
  const { module, statements } = declarationsOf(entry, 'ErrorCode');
  const [statement] = statements;
  const declaration = statement && declarationIn(statement);
  const union =
    declaration?.type === 'TSTypeAliasDeclaration' ? declaration.typeAnnotation : undefined;
  if (union?.type !== 'TSUnionType') throw new Error(`${module.path}: ErrorCode is no union`);
  return union.types.flatMap((type) => {
    if (type.type !== 'TSLiteralType' || type.literal.type !== 'Literal') return [];
    const code = type.literal.value as ErrorCode;
    const words = commentAfter(module, type.end) ?? '';
    return [{ code, words, retryable: new JetlaneError(code, '').retryable }];
  });
}

/** The table that opens the page of errors. */
export function errorsTable(): string {
  const rows = errorCodes().map(
    ({ code, words, retryable }) =>
      `| [\`${code}\`](#${code.toLowerCase().replaceAll('_', '-')}) | ${words.replaceAll('|', '\\|')} | ${retryable ? 'yes' : ''} |`,
  );
  return ['| code | | worth repeating |', '| --- | --- | --- |', ...rows, ''].join('\n');
}
