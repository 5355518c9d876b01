// "Show on the map": nothing of the map is fetched before somebody asks for it.
const ask = document.querySelector("[data-map-ask]");
const button = ask.querySelector("button");
const region = document.querySelector(".public-map");
const MAPLIBRE = new URL("../../vendor/maplibre/", import.meta.url);

function fetched(element) {
  return new Promise((resolve, reject) => {
    element.addEventListener("load", resolve);
    element.addEventListener("error", () => reject(new Error(element.src || element.href)));
    document.head.append(element);
  });
}

async function show() {
  button.disabled = true;
  region.hidden = false;
  const style = Object.assign(document.createElement("link"), { rel: "stylesheet", href: new URL("maplibre-gl.css", MAPLIBRE).href });
  const script = Object.assign(document.createElement("script"), { src: new URL("maplibre-gl-csp.js", MAPLIBRE).href });
  try {
    const [{ draw }] = await Promise.all([import("./map.js"), fetched(style), fetched(script)]);
    draw(region, JSON.parse(button.dataset.map), button.dataset.license);
    ask.hidden = true;
  } catch (error) {
    console.error(error);
    region.classList.add("notice");
    region.textContent = region.dataset.failed;
    button.disabled = false;
  }
}

ask.hidden = false;
button.addEventListener("click", show);
