// The page's derivation: the numbers beside its equations follow the epoch, the sample and the weight.
import { make } from "../../dom.js";
import { Follower } from "../follower.js";
import { exactText } from "./comparison.js";
import { Derivation } from "./derivation.js";
import { lineOf, placeText, softmaxNote } from "./extensions.js";

/** Fills the elements that pages/ui/save/page/derivation.py made: those in view at once, the others when the film rests. */
export class LiveDerivation {
  #run; #state; #root; #blocks; #part;
  #visible = new Set(); // the blocks in view
  #current = {}; // the numbers of the selection: { key, at }

  /** `root`: the element that holds the derivation. */
  constructor(run, state, root) {
    this.#run = run;
    this.#state = state;
    this.#root = root;
    this.#blocks = [...root.querySelectorAll("[data-testid^=live-]")];
    this.#part = new Follower(state, () => this.#update(), () => this.#fillNext());
    const watcher = new IntersectionObserver((entries) => this.#see(entries), { rootMargin: "50%" });
    for (const block of this.#blocks) watcher.observe(block);
    watcher.observe(root.querySelector("[data-testid=selection]"));
  }

  #see(entries) {
    for (const { target, isIntersecting } of entries) this.#visible[isIntersecting ? "add" : "delete"](target);
    if (this.#visible.size) this.#part.soon();
  }

  #update() {
    if (!this.#visible.size) return;
    const { key } = this.#follow();
    for (const block of this.#blocks) if (this.#visible.has(block) && block.dataset.key !== key) this.#fill(block, key);
  }

  /** Fill a block that has other numbers than those of the selection; return whether there was one. */
  #fillNext() {
    const { key } = this.#follow();
    const block = this.#blocks.find(({ dataset }) => dataset.key !== key);
    if (block) this.#fill(block, key);
    return block !== undefined;
  }

  /** Return the numbers of what is selected; those of a sample that the page lacks stay. */
  #follow() {
    const { epoch, sample, weight, output } = this.#state;
    const key = JSON.stringify([epoch, sample, weight, output]);
    if (key === this.#current.key || this.#run.sampleAt(sample) < 0) return this.#current;
    const at = new Derivation(this.#run, { epoch, sample, weight, output });
    this.#current = { key, at };
    this.#follows(at);
    return this.#current;
  }

  /** Fill in what is not beside an equation: the sentence on the selection, places, and what depends on the loss. */
  #follows(at) {
    for (const [name, text] of Object.entries(at.selection)) {
      for (const element of this.#root.querySelectorAll(`[data-selection="${name}"]`)) element.textContent = text;
    }
    for (const element of this.#root.querySelectorAll("[data-layer]")) element.textContent = placeText(at, Number(element.dataset.layer));
    for (const element of this.#root.querySelectorAll("[data-kinds]")) element.hidden = !element.dataset.kinds.split(" ").includes(String(at.texts.kind));
    for (const element of this.#root.querySelectorAll("[data-note=softmax]")) element.textContent = softmaxNote(at);
  }

  #fill(block, key) {
    const line = lineOf(this.#current.at, block.dataset.testid.slice("live-".length));
    const side = (value) => (value === undefined ? "not in this page" : exactText(value));
    block.querySelector("dl").replaceChildren(
      make("dt", {}, line.leftName), make("dd", {}, side(line.left)),
      make("dt", {}, line.rightName), make("dd", {}, side(line.right)),
    );
    const [agreement, ...rest] = block.querySelectorAll(":scope > p");
    agreement.firstElementChild.textContent = line.agreement(this.#run.derivation.sentences);
    for (const paragraph of rest) paragraph.remove();
    if (line.explanation) block.append(make("p", {}, line.explanation));
    Object.assign(block.dataset, { key, digits: line.left === undefined ? "" : line.digits });
  }
}
