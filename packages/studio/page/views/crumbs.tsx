import type { ComponentChildren } from 'preact';

/** Where one is below a view, the way back, and what can be done here. */
export function Crumbs(props: {
  places: readonly (readonly [title: string, href: string])[];
  here: string;
  children?: ComponentChildren;
}) {
  const { places, here, children } = props;
  return (
    <div class="crumbs">
      <h1>
        {places.map(([title, href]) => (
          <span key={href} class="crumb">
            <a href={href}>{title}</a>
            <span class="quiet" aria-hidden="true">
              {' / '}
            </span>
          </span>
        ))}
        {here}
      </h1>
      <div class="actions">{children}</div>
    </div>
  );
}
