// What the views of a player have in common: its controls, a tooltip, and words for screen readers.
import { make } from "../dom.js";
import { Tooltip } from "../draw/tooltip.js";
import { Controls } from "./controls.js";
import { Player } from "./player.js";

/** An element with a player. Subclasses draw, in a `view`: see `Player` for what else they have. */
export class PlayerView {
  observer = new ResizeObserver(() => this.layout());
  body = make("div", { class: "body" }); // of the element, or of a dialog above the page

  /** `attributes` of the element; `goals`: whether its controls start training, `words`: which they use. */
  constructor(source, attributes, goals = true, words = undefined) {
    this.source = source;
    this.player = new Player(source, this);
    this.controls = new Controls(this.player, goals, words);
    this.live = make("div", { class: "hidden", "aria-live": "polite" });
    this.element = make("section", { "data-state": "waiting", tabindex: 0, ...attributes });
    this.tip = new Tooltip(this.element, (...where) => this.view?.at(...where));
    this.element.onkeydown = (event) => this.view && !this.player.preparing && this.controls.handleKey(event);
  }

  /** Fill the element. */
  fill(...parts) {
    this.body.append(...parts, this.live, this.tip.element);
    this.element.append(this.body);
  }

  layout() {
    if (this.element.isConnected) this.view?.restyle(this.body); // else there are no styles to read
  }

  /** Draw in the colours that the page has now. */
  restyle() { this.layout(); }

  draw(...what) {
    this.view.draw(...what);
    this.tip.refresh();
  }

  open(root) {
    root.append(this.element);
    this.observer.observe(this.body);
    this.tip.open();
    this.source.open(this.element, this.player);
    this.player.open();
  }

  close() {
    this.player.close();
    this.tip.close();
    this.observer.disconnect();
    this.source.close();
    this.element.remove();
  }
}
