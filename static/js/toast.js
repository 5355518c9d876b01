// A word to the user over the map, with what can be done; one at a time.
import { byId, h, iconButton } from "./dom.js";
import { _ } from "./strings.js";

export function say(words, actions = []) {
  const place = byId("toast");
  const button = ({ label, act }) => {
    const follow = () => {
      hush();
      act();
    };
    return h("button", { type: "button", class: "button", onclick: follow }, label);
  };
  const content = [h("div", { class: "head" }, h("p", {}, words), iconButton("x", _("Close"), hush))];
  if (actions.length) content.push(h("div", { class: "buttons" }, actions.map(button)));
  place.replaceChildren(...content);
  place.hidden = false;
}

export function hush() {
  byId("toast").hidden = true;
}
