// The map's colours, read from the style sheet's variables so that they stand in one place.
const NAMES = `map-land map-built map-hill map-hill-shade map-green map-farm map-water map-shore map-way map-way-casing
  map-main map-main-casing map-path map-building map-building-line map-wall map-rail map-boundary map-label map-label-quiet
  map-label-water map-halo map-gate map-select map-disc answer-open answer-partly answer-isolated answer-unknown
  answer-unknown-line answer-1 answer-2 answer-3 answer-4 answer-5 answer-6 answer-strength answer-area-strength
  primary on-primary surface ink ink-quiet bad`.split(/\s+/);

export function palette() {
  const style = getComputedStyle(document.documentElement);
  const found = Object.fromEntries(NAMES.map((name) => [name, style.getPropertyValue(`--${name}`).trim()]));
  found.strength = Number(found["answer-strength"]);
  found.areaStrength = Number(found["answer-area-strength"]);
  found.six = [1, 2, 3, 4, 5, 6].map((n) => found[`answer-${n}`]);
  return found;
}
