// Messages below the line of numbers, with buttons that change the run.
import { make } from "../dom.js";

const WARNING = "M9 2L17 16H1zM8.2 7v4.5h1.6V7zM8.2 13v1.6h1.6V13z"; // an icon's path
const PROGRESS = " …"; // after the label of a pressed button

/** The messages of a run (see pages/ui/train/messages.py). */
export class Messages {
  element = make("div", { class: "messages", role: "status" });
  #act;
  #shown = []; // { epoch, element } of each message
  #latest; // the latest list, as text

  /** `act(name)` is called at a click on a button. */
  constructor(act) {
    this.#act = act;
  }

  /** Forget the messages of another run: equal ones are drawn anew, with buttons that can be pressed. */
  forget() {
    this.#latest = undefined;
  }

  /** Show these messages instead. */
  fill(messages) {
    const latest = JSON.stringify(messages);
    if (latest === this.#latest) return;
    this.#latest = latest;
    const action = this.element.getRootNode().activeElement?.dataset.action; // a button with the focus
    this.#shown = messages.map((message) => ({ epoch: message.epoch, element: this.#draw(message) }));
    this.element.replaceChildren(...this.#shown.map(({ element }) => element));
    if (action) (this.element.querySelector(`[data-action=${action}]`) ?? this.element.closest("dialog, section")).focus({ preventScroll: true });
  }

  /** Withdraw what is about an epoch, unless the film stands there; its place stays. */
  update({ playing, epoch }) {
    for (const one of this.#shown) one.element.classList.toggle("away", one.epoch !== null && (playing || one.epoch !== epoch));
  }

  #draw({ text, kind, actions }) {
    const element = make("div", { class: `message ${kind}` });
    if (kind === "warning") element.innerHTML = `<svg viewBox="0 0 18 18" width="18" height="18" role="img" aria-label="Warning"><path fill="currentColor" fill-rule="evenodd" d="${WARNING}"/></svg>`;
    element.append(make("span", {}, text), ...actions.map((action) => this.#button(action)));
    return element;
  }

  #button({ name, label, help }) {
    const button = make("button", { type: "button", title: help, "data-action": name, onclick: () => this.#press(button) }, label);
    return button;
  }

  /** Act once: the answer brings other messages. */
  #press(button) {
    if (button.ariaDisabled === "true") return;
    button.ariaDisabled = "true"; // not `disabled`, which would take the focus away
    button.append(PROGRESS);
    this.#act(button.dataset.action);
  }
}
