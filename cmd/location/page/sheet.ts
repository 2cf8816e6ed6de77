/** On a phone the figures are a sheet at the foot of the map, which a button pulls up. */

/** Lets `button` open and close `panel`; Escape in it closes it. */
export function sheet(button: HTMLElement, panel: HTMLElement): void {
  const set = (open: boolean) => {
    button.setAttribute('aria-expanded', String(open));
    document.body.classList.toggle('sheet-open', open);
  };
  button.addEventListener('click', () => set(button.getAttribute('aria-expanded') !== 'true'));
  panel.addEventListener('keydown', ({ key }) => {
    if (key !== 'Escape' || button.getAttribute('aria-expanded') !== 'true') return;
    set(false);
    button.focus();
  });
}
