/** Where in the page one is: written in the address after `#`, so that every place can be linked to. */

/** Values of a query; what is null, undefined or empty is left out. */
export type Query = Readonly<Record<string, string | number | null | undefined>>;

/** The views of the page. */
export const views = ['overview', 'streams', 'workers', 'dead-letters', 'messages'] as const;

/** Name of a view. */
export type ViewName = (typeof views)[number];

/** A place: `#/streams/ORDERS/billing?show=config`. */
export interface Route {
  readonly view: ViewName;
  readonly path: readonly string[];
  readonly query: Readonly<Record<string, string>>;
}

/** Reads what follows `#`. What is not known is the overview. */
export function parseRoute(hash: string): Route {
  const [place = '', search = ''] = hash.replace(/^#\/?/, '').split(/\?(.*)/s);
  const [name = '', ...path] = place.split('/').map(decoded);
  const view = views.find((one) => one === name) ?? 'overview';
  return {
    view,
    path: view === name ? path.filter((part) => part !== '') : [],
    query: Object.fromEntries(new URLSearchParams(search)),
  };
}

/** The address of a place, for links. */
export function hashOf(view: ViewName, path: readonly (string | number)[] = [], query: Query = {}) {
  const place = [view, ...path].map((part) => encodeURIComponent(part)).join('/');
  return `#/${place}${searchOf(query)}`;
}

/** `?subject=orders.%3E`, or nothing. */
export function searchOf(query: Query): string {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value !== null && value !== undefined && value !== '') parameters.set(name, String(value));
  }
  const text = parameters.toString();
  return text ? `?${text}` : '';
}

/** A part that is no proper text is taken as it stands. */
function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
