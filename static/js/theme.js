// Light or dark: the device's wish until the user chooses.
const listeners = new Set();

export function onTheme(listener) {
  listeners.add(listener);
}

function show(theme) {
  document.documentElement.dataset.theme = theme;
  for (const listener of listeners) listener(theme);
}

function kept() {
  try {
    return localStorage.getItem("gridmap-theme");
  } catch {
    return null;
  }
}

export function switchTheme() {
  const theme = document.documentElement.dataset.theme === "dark" ? "light" : "dark";
  try {
    localStorage.setItem("gridmap-theme", theme);
  } catch {
    // not kept: the choice holds for this page only
  }
  show(theme);
}

matchMedia("(prefers-color-scheme: dark)").addEventListener("change", (event) => {
  if (!kept()) show(event.matches ? "dark" : "light");
});
