/** How long a file and a function may be. */
import { type CallExpression, type Function as FunctionNode, Visitor } from 'oxc-parser';
import { lineAt, type Rule, type Source } from './source.ts';

const fileLinesMax = 400;
const functionLinesMax = 70;

export const shortFiles: Rule = {
  sentence: `no program is longer than ${fileLinesMax} lines`,
  offenders: ({ sources }) =>
    sources
      .map(({ path, text }) => ({ path, lines: text.trimEnd().split('\n').length }))
      .filter(({ lines }) => lines > fileLinesMax)
      .map(({ path, lines }) => `${path}: ${lines} lines`),
};

export const shortFunctions: Rule = {
  sentence: `no function is longer than ${functionLinesMax} lines (a describe block is not one)`,
  offenders: ({ sources }) => sources.flatMap(longFunctions),
};

interface Span {
  readonly start: number;
  readonly end: number;
}

function longFunctions({ path, text, program }: Source): string[] {
  const spans: Span[] = [];
  const suites = new Set<number>();
  const keep = (node: Span) => void spans.push(node);
  new Visitor({
    FunctionDeclaration: (node: FunctionNode) => keep(node),
    FunctionExpression: (node: FunctionNode) => keep(node),
    ArrowFunctionExpression: keep,
    CallExpression: (node) => {
      if (isSuite(node)) for (const argument of node.arguments) suites.add(argument.start);
    },
  }).visit(program);
  return spans
    .filter(({ start }) => !suites.has(start))
    .map(({ start, end }) => ({ first: lineAt(text, start), last: lineAt(text, end) }))
    .filter(({ first, last }) => last - first + 1 > functionLinesMax)
    .map(({ first, last }) => `${path}:${first}: ${last - first + 1} lines`);
}

/** `describe(…)`, `describe.skipIf(…)(…)`, `describe.each(…)(…)`: a list of tests, not a function. */
function isSuite(call: CallExpression): boolean {
  let callee: CallExpression['callee'] = call.callee;
  while (callee.type === 'CallExpression' || callee.type === 'MemberExpression') {
    callee = callee.type === 'CallExpression' ? callee.callee : (callee.object as typeof callee);
  }
  return callee.type === 'Identifier' && callee.name === 'describe';
}
