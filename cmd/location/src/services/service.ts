/** The services of the demo, by name; each is an app module of its own. */
import type { Runnable } from '@jetlane/core';

/** Every service, in the order in which they are shown. */
export const SERVICES = ['matching', 'eta', 'fraud', 'surge'] as const;

/** One of {@link SERVICES}; also the name of its durable on the stream LOCATIONS. */
export type ServiceName = (typeof SERVICES)[number];

/** Loads the app of a service. */
export async function loadService(name: ServiceName): Promise<Runnable> {
  switch (name) {
    case 'matching':
      return (await import('./matching.ts')).default;
    case 'eta':
      return (await import('./eta.ts')).default;
    case 'fraud':
      return (await import('./fraud.ts')).default;
    case 'surge':
      return (await import('./surge.ts')).default;
  }
}

/** What a service process tells its parent. */
export type ServiceMessage =
  | { readonly kind: 'ready' }
  | { readonly kind: 'report'; readonly report: import('./meter.ts').MeterReport }
  | { readonly kind: 'failed'; readonly message: string };
