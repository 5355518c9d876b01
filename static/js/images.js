// Pictures that the map draws with, made on a canvas when the style first asks for them:
// "hatch|ground|line", "gate|access|colour|halo", "disc|kind|colour|ink".
const RATIO = 2;
const SPRITE = new URL("../vendor/lucide/icons.svg", import.meta.url);
const SYMBOLS = {
  elderly_care: "hand-heart",
  childcare: "baby",
  health: "cross",
  culture_sport: "volleyball",
  household_service: "wrench",
  green: "trees",
  school: "graduation-cap",
  market: "shopping-basket",
  service_centre: "landmark",
  committee_office: "flag",
};

function canvas(size) {
  const element = document.createElement("canvas");
  element.width = size * RATIO;
  element.height = size * RATIO;
  const pen = element.getContext("2d", { willReadFrequently: true });
  pen.scale(RATIO, RATIO);
  return pen;
}

function pixels(pen) {
  return pen.getImageData(0, 0, pen.canvas.width, pen.canvas.height);
}

function hatch(ground, line) {
  const pen = canvas(8);
  pen.fillStyle = ground;
  pen.globalAlpha = 0.75;
  pen.fillRect(0, 0, 8, 8);
  pen.globalAlpha = 1;
  pen.strokeStyle = line;
  pen.lineWidth = 1.2;
  pen.beginPath();
  for (const start of [-8, 0, 8]) {
    pen.moveTo(start - 1, 9);
    pen.lineTo(start + 9, -1);
  }
  pen.stroke();
  return pixels(pen);
}

// Public: filled. Residents: hollow. Closed: crossed.
function gate(access, colour, halo) {
  const pen = canvas(14);
  pen.beginPath();
  pen.arc(7, 7, 4.5, 0, 2 * Math.PI);
  pen.lineWidth = 4;
  pen.strokeStyle = halo;
  pen.stroke();
  pen.fillStyle = access === "public" ? colour : halo;
  pen.fill();
  pen.lineWidth = 1.6;
  pen.strokeStyle = colour;
  pen.stroke();
  if (access === "closed") {
    pen.beginPath();
    pen.moveTo(4.6, 4.6);
    pen.lineTo(9.4, 9.4);
    pen.moveTo(9.4, 4.6);
    pen.lineTo(4.6, 9.4);
    pen.stroke();
  }
  return pixels(pen);
}

let sprite = null;

async function symbol(name, ink) {
  sprite ??= fetch(SPRITE).then(async (answer) => new DOMParser().parseFromString(await answer.text(), "image/svg+xml"));
  const found = (await sprite).getElementById(name);
  if (!found) return null;
  const text = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24" width="48" height="48" fill="none" stroke="${ink}" stroke-width="2.4" stroke-linecap="round" stroke-linejoin="round">${found.innerHTML}</svg>`;
  const image = new Image(48, 48);
  image.src = `data:image/svg+xml,${encodeURIComponent(text)}`;
  await image.decode();
  return image;
}

// The disc at once; its picture is drawn into it when it has come.
function disc(colour, ink) {
  const pen = canvas(24);
  pen.beginPath();
  pen.arc(12, 12, 10, 0, 2 * Math.PI);
  pen.lineWidth = 3;
  pen.strokeStyle = ink;
  pen.stroke();
  pen.fillStyle = colour;
  pen.fill();
  return pen;
}

async function pictured(map, id, pen, kind, ink) {
  const image = SYMBOLS[kind] ? await symbol(SYMBOLS[kind], ink) : null;
  if (!image || !map.hasImage(id)) return;
  pen.drawImage(image, 6, 6, 12, 12);
  map.updateImage(id, pixels(pen));
  map.triggerRepaint(); // a map at rest wouldn't show it
}

export function giveImages(map) {
  map.on("styleimagemissing", ({ id }) => {
    if (map.hasImage(id)) return;
    const [what, ...how] = id.split("|");
    const put = (image) => map.addImage(id, image, { pixelRatio: RATIO });
    if (what === "hatch") put(hatch(...how));
    if (what === "gate") put(gate(...how));
    if (what === "disc") {
      const [kind, colour, ink] = how;
      const pen = disc(colour, ink);
      put(pixels(pen));
      pictured(map, id, pen, kind, ink);
    }
  });
}
