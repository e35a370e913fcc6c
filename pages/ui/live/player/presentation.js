// A stage above the page, as large as the window: for the back row of a class.
import { make, switchButton } from "../dom.js";

/** A dialog that the body of an element moves into, and its buttons. */
export class Presentation {
  #dialog; #element; #body; #choices; #first;

  /** `toggle()` is called to show or leave it; `choices` can be unfolded in it, and `first` has the keyboard's focus. */
  constructor(element, body, choices, first, toggle) {
    this.#element = element;
    this.#body = body;
    this.#choices = choices;
    this.#first = first;
    this.#dialog = make("dialog", { "aria-label": "Presentation", oncancel: (event) => (event.preventDefault(), toggle()) });
    this.switch = switchButton("Only the stage, as large as the window, for the back row (Esc leaves it)", toggle, "Present");
    this.fullScreen = switchButton("Use the whole screen (Esc leaves it)", () => this.#toggleFullScreen(), "Full screen");
    this.unfold = switchButton("Choose which drawings are shown", () => this.#unfold(choices.hidden), "Drawings");
    this.tools = make("div", { class: "tools" }, this.unfold, this.fullScreen, this.switch);
    body.addEventListener("fullscreenchange", () => this.#update());
    element.append(this.#dialog);
    this.#unfold(true);
  }

  /** Show the body above the page, or in its place again. */
  show(on) {
    if (on !== this.#isOn) this.#move(on);
    if (on && this.#element.isConnected && !this.#dialog.matches(":modal")) {
      this.#dialog.close(); // one that was removed from the page with the rest is open, but not on top
      this.#dialog.showModal();
    }
    this.#update();
  }

  get #isOn() { return this.#dialog.contains(this.#body); }

  get #isFullScreen() { return this.#body.matches(":fullscreen"); }

  #move(on) {
    const focus = this.#body.getRootNode().activeElement;
    if (!on) {
      if (this.#isFullScreen) this.#toggleFullScreen();
      this.#dialog.close();
    }
    (on ? this.#dialog : this.#element).append(this.#body);
    this.#unfold(!on);
    const next = on ? this.#first : this.#body.contains(focus) ? focus : this.#element;
    queueMicrotask(() => next.focus({ preventScroll: true })); // moving it has ended that
  }

  #unfold(open) {
    this.#choices.hidden = !open;
    this.unfold.setAttribute("aria-expanded", open);
  }

  #toggleFullScreen() {
    const change = this.#isFullScreen ? document.exitFullscreen() : this.#body.requestFullscreen();
    change.catch(() => {}); // the browser may refuse it
  }

  #update() {
    this.unfold.hidden = !this.#isOn;
    this.fullScreen.hidden = !this.#isOn || !document.fullscreenEnabled;
    this.switch.setAttribute("aria-pressed", this.#isOn);
    this.fullScreen.setAttribute("aria-pressed", this.#isFullScreen);
  }
}
