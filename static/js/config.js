// What the server wrote into the page.
export const config = JSON.parse(document.getElementById("map-config").textContent);
// Where there is nothing yet: the country.
export const bounds = config.bounds ?? [73, 18, 135, 54];
export const lang = config.lang === "en" ? "en" : "zh";
export const layers = new Map(config.layers.map((layer) => [layer.id, layer]));
// Themes by attribute; those of a result are shown by the result's own task.
export const themes = new Map((config.themes ?? []).filter((theme) => layers.has(theme.layer) && !layers.get(theme.layer).result).map((theme) => [theme.id, theme]));
// Measures of the compounds, by which the task of isolation colours them.
export const measures = new Map((config.themes ?? []).filter((theme) => theme.layer === "isolation" && theme.id !== "isolation-class").map((theme) => [theme.id, theme]));
export const isEmpty = config.layers.every((layer) => layer.result || !layer.count);
