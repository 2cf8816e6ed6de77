/** The theme's colours for what is drawn, by the names that the style sheets give them; read when the theme changes, not in every frame. */

const NAMES = {
  land: '--map-land',
  block: '--map-block',
  water: '--map-water',
  bank: '--map-bank',
  street: '--map-street',
  arterial: '--map-arterial',
  casing: '--map-casing',
  bridge: '--map-bridge',
  hexes: '--map-hexes',
  free: '--car-free',
  assigned: '--car-assigned',
  onTrip: '--car-on-trip',
  flagged: '--car-flagged',
  rider: '--rider',
  outline: '--map-outline',
  ink: '--ink',
  quiet: '--quiet',
  surface: '--surface',
  accent: '--accent',
} as const;

/** Steps of the colour for surge, from little to much. */
export const SURGE_STEPS = [1.1, 1.5, 2, 2.6] as const;

/** Colours as CSS writes them. */
export type Palette = Readonly<Record<keyof typeof NAMES, string>> & {
  /** One for each of {@link SURGE_STEPS}. */
  readonly surge: readonly string[];
  readonly font: string;
};

/** Reads them as they are now. */
export function readPalette(): Palette {
  const style = getComputedStyle(document.documentElement);
  const read = (name: string) => style.getPropertyValue(name).trim();
  const colors = Object.fromEntries(
    Object.entries(NAMES).map(([key, name]) => [key, read(name)]),
  ) as Record<keyof typeof NAMES, string>;
  const surge = SURGE_STEPS.map((_, step) => read(`--much-${step + 1}`));
  return { ...colors, surge, font: getComputedStyle(document.body).fontFamily };
}

/** Which of {@link SURGE_STEPS} a price has reached; -1: the plain price. */
export function surgeStep(multiplier: number): number {
  return SURGE_STEPS.findLastIndex((least) => multiplier >= least);
}
