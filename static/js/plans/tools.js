// Hands on the map: what a stroke does and how far it reaches, by mouse, pen or finger; two fingers move the map.
import { svg } from "../dom.js";
import { together } from "./ground.js";

export const ACTS = ["look", "paint", "erase", "lock", "unlock"];
export const SHAPES = ["block", "brush", "rectangle", "lasso", "community"];
const BRUSH = 28; // px

function within([x, y], ring) {
  let inside = false;
  for (let i = 0, j = ring.length - 1; i < ring.length; j = i, i += 1) {
    const [xi, yi] = ring[i];
    const [xj, yj] = ring[j];
    if (yi > y !== yj > y && x < ((xj - xi) * (y - yi)) / (yj - yi) + xi) inside = !inside;
  }
  return inside;
}

export class Tools {
  // `stroke`: { begin(), touch(blocks), end(), pick(block) }
  constructor(map, ground, stroke) {
    Object.assign(this, { map, ground, stroke, act: "look", shape: "block", pointers: new Set(), line: null });
    this.overlay = svg("svg", { class: "stroke", "aria-hidden": "true" }, svg("polygon", {}));
    map.getContainer().append(this.overlay);
    const canvas = map.getCanvasContainer();
    canvas.addEventListener("pointerdown", (event) => this.down(event));
    canvas.addEventListener("pointermove", (event) => this.moved(event));
    for (const end of ["pointerup", "pointercancel"]) canvas.addEventListener(end, (event) => this.up(event, end === "pointerup"));
    map.on("click", ({ point }) => this.act === "look" && this.stroke.pick(this.at(point)));
    map.on("mousemove", ({ point }) => this.stroke.hover(this.at(point)));
    map.on("mouseout", () => this.stroke.hover(null));
  }

  choose({ act = this.act, shape = this.shape }) {
    Object.assign(this, { act, shape });
    if (act === "look") this.map.dragPan.enable();
    else this.map.dragPan.disable();
    this.map.getCanvas().style.cursor = act === "look" ? "" : "crosshair";
  }

  at(point) {
    const [found] = this.map.queryRenderedFeatures([point.x, point.y], { layers: ["blocks"] });
    return found ? found.id : null;
  }

  point(event) {
    const { left, top } = this.map.getContainer().getBoundingClientRect();
    return { x: event.clientX - left, y: event.clientY - top };
  }

  down(event) {
    this.pointers.add(event.pointerId);
    if (this.act === "look" || event.button > 0) return;
    if (this.pointers.size > 1) {
      this.stop();
      return;
    }
    const point = this.point(event);
    this.stroke.begin();
    this.line = [point];
    if (this.shape === "block" || this.shape === "brush" || this.shape === "community") this.stroke.touch(this.under(point));
  }

  moved(event) {
    if (!this.line) return;
    const point = this.point(event);
    const last = this.line[this.line.length - 1];
    if (Math.hypot(point.x - last.x, point.y - last.y) < 2) return;
    if (this.shape === "rectangle" || this.shape === "lasso") {
      this.line = this.shape === "lasso" ? [...this.line, point] : [this.line[0], point];
      this.outline();
      return;
    }
    const steps = Math.max(1, Math.ceil(Math.hypot(point.x - last.x, point.y - last.y) / 8));
    const blocks = new Set();
    for (let i = 1; i <= steps; i += 1) {
      for (const block of this.under({ x: last.x + ((point.x - last.x) * i) / steps, y: last.y + ((point.y - last.y) * i) / steps })) blocks.add(block);
    }
    this.line = [point];
    this.stroke.touch([...blocks]);
  }

  up(event, done) {
    this.pointers.delete(event.pointerId);
    if (!this.line) return;
    const ring = this.ring();
    this.line = null;
    this.outline();
    if (done && ring) this.stroke.touch(this.inside(ring));
    this.stroke.end();
  }

  stop() {
    this.line = null;
    this.outline();
    this.stroke.end();
  }

  under(point) {
    if (this.shape === "brush") {
      const box = [[point.x - BRUSH, point.y - BRUSH], [point.x + BRUSH, point.y + BRUSH]];
      const near = this.map.queryRenderedFeatures(box, { layers: ["blocks"] }).map(({ id }) => id);
      const here = this.at(point);
      const reached = near.filter((block) => {
        const { x, y } = this.map.project(this.ground.middles[block]);
        return Math.hypot(x - point.x, y - point.y) <= BRUSH;
      });
      return [...new Set(here === null ? reached : [...reached, here])];
    }
    const block = this.at(point);
    if (block === null) return [];
    return this.shape === "community" ? together(this.ground, block) : [block];
  }

  ring() {
    if (!this.line || this.line.length < 2) return null;
    if (this.shape === "lasso") return this.line.length > 2 ? this.line.map(({ x, y }) => [x, y]) : null;
    if (this.shape !== "rectangle") return null;
    const [a, b] = this.line;
    return [[a.x, a.y], [b.x, a.y], [b.x, b.y], [a.x, b.y]];
  }

  inside(ring) {
    return this.ground.middles.flatMap((middle, block) => {
      const { x, y } = this.map.project(middle);
      return within([x, y], ring) ? [block] : [];
    });
  }

  outline() {
    const ring = this.ring() ?? [];
    this.overlay.firstChild.setAttribute("points", ring.map(([x, y]) => `${x},${y}`).join(" "));
  }
}
