// The device's position, or in words why there is none. Chinese phones and browsers may give it as their maps shift it.
import { ask } from "../fetching.js";
import { _ } from "../strings.js";

const PATIENCE = { enableHighAccuracy: true, timeout: 12000, maximumAge: 30000 };
const KEPT = "gridmap-shifted";

export class NoPosition extends Error {}

export function isShifted() {
  try {
    return localStorage.getItem(KEPT) === "yes";
  } catch {
    return false;
  }
}

export function setShifted(on) {
  try {
    if (on) localStorage.setItem(KEPT, "yes");
    else localStorage.removeItem(KEPT);
  } catch {
    // not kept: the choice holds for this page only
  }
}

function refusal(error) {
  if (error.code === error.PERMISSION_DENIED) return _("The browser may not tell your position. Allow it in the settings of this page, or choose the place yourself.");
  if (error.code === error.TIMEOUT) return _("Your position took too long to find. Try again under open sky, or choose the place yourself.");
  return _("Your device does not know its position now. Choose the place yourself.");
}

function position() {
  if (!isSecureContext) return Promise.reject(new NoPosition(_("Browsers tell a position only over a secure connection (https), and this page has none. Choose the place yourself.")));
  if (!navigator.geolocation) return Promise.reject(new NoPosition(_("This browser can't tell a position. Choose the place yourself.")));
  return new Promise((resolve, reject) => {
    navigator.geolocation.getCurrentPosition(
      ({ coords }) => resolve({ point: [coords.longitude, coords.latitude], accuracy: coords.accuracy }),
      (error) => reject(new NoPosition(refusal(error))),
      PATIENCE,
    );
  });
}

// What the server answers about a point; while it is only getting ready, it is asked again.
async function patiently(path, params, tries = 6) {
  try {
    return await ask(path, params);
  } catch (error) {
    if (error.status !== 503 || tries === 0) throw error;
    await new Promise((resolve) => setTimeout(resolve, 2000));
    return patiently(path, params, tries - 1);
  }
}

// Asks the server with the device's position. One that lies outside the district is tried as a shifted one.
export async function askFromHere(path, params) {
  const { point, accuracy } = await position();
  const crs = isShifted() ? "gcj02" : "wgs84";
  try {
    return { answer: await askFrom(path, point, params, crs), accuracy, guessed: false };
  } catch (error) {
    if (error.status !== 404) throw error;
    if (crs === "wgs84") {
      try {
        return { answer: await askFrom(path, point, params, "gcj02"), accuracy, guessed: true };
      } catch (second) {
        if (second.status !== 404) throw second;
      }
    }
    throw new NoPosition(_("You are outside the district ({lon}, {lat}), so there is nothing of it around you.", { lon: point[0].toFixed(4), lat: point[1].toFixed(4) }));
  }
}

export function askFrom(path, [lon, lat], params, crs = "wgs84") {
  const at = path === "/api/route" ? { from: `${lon.toFixed(7)},${lat.toFixed(7)}` } : { lon, lat };
  return patiently(path, { ...params, ...at, crs });
}
