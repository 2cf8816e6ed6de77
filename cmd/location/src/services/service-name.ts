/** Every service, in the order in which they are shown; each is an app module of this name. */
export const SERVICES = ['matching', 'eta', 'fraud', 'surge'] as const;

/** One of {@link SERVICES}; also the name of its app, and of its durable on the stream LOCATIONS. */
export type ServiceName = (typeof SERVICES)[number];

/** A record with one value for each service. */
export function byService<Value>(value: (name: ServiceName) => Value): Record<ServiceName, Value> {
  const entries = SERVICES.map((name) => [name, value(name)]);
  return Object.fromEntries(entries) as Record<ServiceName, Value>;
}
