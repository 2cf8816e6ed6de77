/** Everything that lies over the map. Drawn from a {@link Model}, some times a second and when something was done. */
import { render } from 'preact';
import { Card } from './card.tsx';
import { Choices } from './choices.tsx';
import { Headline } from './headline.tsx';
import { Legend } from './legend.tsx';
import type { Actions, Model } from './model.ts';
import { Notice } from './notice.tsx';
import { Zoom } from './zoom.tsx';

/** Makes what draws the panels into `root`. */
export function overlay(root: HTMLElement, actions: Actions): (model: Model) => void {
  return (model) =>
    render(
      <>
        <div class="corner">
          <Headline model={model} actions={actions} />
          <Notice model={model} actions={actions} />
          <Choices model={model} />
        </div>
        <Card model={model} actions={actions} />
        <Legend model={model} />
        <Zoom model={model} actions={actions} />
      </>,
      root,
    );
}
