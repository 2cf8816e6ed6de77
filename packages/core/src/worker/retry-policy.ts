import { type Duration, durationProblem, toMs, unknownOptions } from '@jetlane/contracts';
import { shown } from '../printed.ts';

/** A class whose instances a rule is for: `TypeError`, or one of your own. */
export type ErrorClass = abstract new (...parameters: never[]) => object;

/** What holds for errors of one kind instead of the rest of the policy. What it leaves out is as the policy says. */
export interface RetryRule {
  /** The errors that it is for: instances of a class, or those for which a function returns `true`. */
  readonly match: ErrorClass | ((error: unknown) => boolean);
  readonly attempts?: number;
  readonly minDelay?: Duration;
  readonly maxDelay?: Duration;
  /** Dead-letters the message at once. Not together with the others. */
  readonly giveUp?: true;
}

/** How a worker tries again; see `WorkerOptions.retry`. */
export interface RetryOptions {
  /** Attempts in all, the first included, and every delivery that a crash cut short. `Infinity` needs `within`. Default 5. */
  attempts?: number;
  /** The first delay, which doubles with each attempt; each is drawn anew between nothing and that. Default `'200ms'`. */
  minDelay?: Duration;
  /** What the doubling ends at. Default `'30s'`. */
  maxDelay?: Duration;
  /**
   * Time in all, from when the stream stored the message (a replayed one: the replay), by this machine's clock: no attempt
   * begins later, the first included, so that it must be longer than the outages and backlogs that messages are to
   * survive. Default: no limit.
   */
  within?: Duration;
  /** `false` gives up at once. Asked where no rule matches. Default: always `true`. */
  when?: (error: unknown) => boolean;
  /**
   * The delay that an error asks for, such as a `Retry-After`, whatever `maxDelay` says; undefined leaves it to the doubling.
   * `attempt` is the one that failed, from 1.
   */
  delay?: (error: unknown, attempt: number) => Duration | undefined;
  /** What holds for certain errors: the first that matches. Default: none. */
  rules?: readonly RetryRule[];
}

/** When to try again and when to give up: what {@link RetryOptions} come to. */
export interface RetryPolicy {
  /** Attempts in all, the first included. */
  readonly attempts: number;
  readonly minDelayMs: number;
  readonly maxDelayMs: number;
  /** `Infinity` where time sets no limit. */
  readonly withinMs: number;
  readonly when: (error: unknown) => boolean;
  readonly delay: ((error: unknown, attempt: number) => Duration | undefined) | undefined;
  readonly rules: readonly RetryRuleSpec[];
}

/** A {@link RetryRule} with what it inherits filled in. */
export interface RetryRuleSpec {
  readonly match: (error: unknown) => boolean;
  readonly attempts: number;
  readonly minDelayMs: number;
  readonly maxDelayMs: number;
  readonly giveUp: boolean;
}

/** The policy of options that {@link retryProblems} found nothing wrong with. */
export function toRetryPolicy(options: RetryOptions = {}): RetryPolicy {
  const { attempts = 5, minDelay = '200ms', maxDelay = '30s', when = always } = options;
  const { within, delay, rules = [] } = options;
  return {
    attempts,
    minDelayMs: toMs(minDelay),
    maxDelayMs: toMs(maxDelay),
    withinMs: within === undefined ? Number.POSITIVE_INFINITY : toMs(within),
    when,
    delay,
    rules: rules.map((rule) => ({
      match: toMatcher(rule.match),
      attempts: rule.attempts ?? attempts,
      minDelayMs: toMs(rule.minDelay ?? minDelay),
      maxDelayMs: toMs(rule.maxDelay ?? maxDelay),
      giveUp: rule.giveUp === true,
    })),
  };
}

/** The most attempts that any error gets: whoever comes more often was never settled. */
export function attemptsMax({ attempts, rules }: Pick<RetryPolicy, 'attempts' | 'rules'>): number {
  let max = attempts;
  for (const rule of rules) max = Math.max(max, rule.attempts);
  return max;
}

/** All that is wrong with `retry`, in words. */
export function retryProblems(retry: RetryOptions): string[] {
  const problems = unknownOptions(retry, OPTIONS, 'retry.');
  const { rules, within } = retry;
  problems.push(...limitProblems(retry, {}, 'retry.'));
  const late = within === undefined ? undefined : durationProblem(within, 'retry.within');
  if (late !== undefined) problems.push(late);
  for (const option of ['when', 'delay'] as const)
    if (retry[option] !== undefined && typeof retry[option] !== 'function')
      problems.push(`'retry.${option}' must be a function`);
  if (rules !== undefined && !Array.isArray(rules)) problems.push("'retry.rules' must be a list");
  else
    for (const [index, rule] of (rules ?? []).entries())
      problems.push(...ruleProblems(rule, retry, `retry.rules[${index}]`));
  return problems;
}

const OPTIONS = ['attempts', 'minDelay', 'maxDelay', 'within', 'when', 'delay', 'rules'] as const;
const RULE_OPTIONS = ['match', 'attempts', 'minDelay', 'maxDelay', 'giveUp'] as const;

type Limits = Pick<RetryOptions, 'attempts' | 'minDelay' | 'maxDelay' | 'within'>;

const always = () => true;

function ruleProblems(rule: RetryRule, retry: RetryOptions, at: string): string[] {
  if (typeof rule !== 'object' || rule === null)
    return [`'${at}' must be a rule such as { match: TypeError, giveUp: true }`];
  const problems = unknownOptions(rule, RULE_OPTIONS, `${at}.`);
  if (typeof rule.match !== 'function')
    problems.push(`'${at}.match' must be a class of errors or a function`);
  const { giveUp } = rule;
  if (giveUp !== undefined && giveUp !== true)
    problems.push(`'${at}.giveUp' must be true or left out, not ${shown(giveUp)}`);
  const others = RULE_OPTIONS.slice(1, 4).filter((option) => option in rule);
  if (giveUp === true && others.length > 0)
    problems.push(`'${at}' gives up at once: ${others.join(', ')} cannot hold as well`);
  return [...problems, ...limitProblems(rule, retry, `${at}.`)];
}

/** What a policy and a rule have in common. `inherited` is what holds where `own` says nothing. */
function limitProblems(own: Limits, inherited: RetryOptions, prefix: string): string[] {
  const problems: string[] = [];
  const { attempts, minDelay = '200ms', maxDelay = '30s', within } = { ...inherited, ...own };
  const unlimited = attempts === Number.POSITIVE_INFINITY;
  if (attempts !== undefined && !unlimited && !(Number.isInteger(attempts) && attempts >= 1))
    problems.push(
      `'${prefix}attempts' must be a whole number from 1, or Infinity, not ${shown(attempts)}`,
    );
  if (unlimited && within === undefined)
    problems.push(
      `'${prefix}attempts' is Infinity, and 'retry.within' is not given: a policy with no limit`,
    );
  for (const option of ['minDelay', 'maxDelay'] as const) {
    const given = own[option];
    const problem = given === undefined ? undefined : durationProblem(given, `${prefix}${option}`);
    if (problem !== undefined) problems.push(problem);
  }
  const bad = durationProblem(minDelay, '') ?? durationProblem(maxDelay, '');
  if (bad === undefined && toMs(minDelay) > toMs(maxDelay))
    problems.push(
      `'${prefix}minDelay' (${minDelay}) must not be longer than '${prefix}maxDelay' (${maxDelay})`,
    );
  return problems;
}

function toMatcher(match: RetryRule['match']): (error: unknown) => boolean {
  if (!isClass(match)) return match;
  return (error) => error instanceof match;
}

/** A class, as opposed to a function that says whether an error matches. */
function isClass(match: RetryRule['match']): match is ErrorClass {
  const { prototype } = match as { readonly prototype?: unknown };
  return (
    prototype === Error.prototype ||
    prototype instanceof Error ||
    /^class\b/.test(Function.prototype.toString.call(match))
  );
}
