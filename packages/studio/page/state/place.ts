/** Where in the page one is. */
import { hashOf, parseRoute, type Query, type Route } from '../route.ts';
import { store } from './store.ts';

/** Where one is now. */
export const route = store<Route>(parseRoute(''));

/** Follows the address. */
export function keepRoute(): void {
  const follow = () => route.set(parseRoute(location.hash));
  addEventListener('hashchange', follow);
  follow();
}

/** Changes parts of the query in place, without a step in the history of the browser. Null takes a part away. */
export function setQuery(changes: Query): void {
  const { view, path, query } = route.get();
  history.replaceState(null, '', hashOf(view, path, { ...query, ...changes }));
  route.set(parseRoute(location.hash));
}
