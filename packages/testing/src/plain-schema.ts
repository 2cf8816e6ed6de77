/** A Standard Schema that trusts its type: for tests where validating is not the matter. */
export interface PlainSchema<T> {
  readonly '~standard': {
    readonly version: 1;
    readonly vendor: string;
    readonly validate: (
      value: unknown,
    ) => { readonly value: T } | { readonly issues: readonly { readonly message: string }[] };
    readonly types?: { readonly input: T; readonly output: T };
  };
}

/** Takes what `takes` does. */
export function plainSchema<T>(takes: (value: unknown) => boolean): PlainSchema<T> {
  const validate = (value: unknown) =>
    takes(value) ? { value: value as T } : { issues: [{ message: 'is not taken' }] };
  return { '~standard': { version: 1, vendor: 'jetlane-testing', validate } };
}
