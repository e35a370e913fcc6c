// What is chosen in the page: all its parts follow.

/** The epoch on display, whether the film plays, and the sample, weight and output that are selected. */
export class PageState {
  playing = false;
  #listeners = [];
  #layers;

  /** `opens`: { epoch, sample, weight, output }; `layers`: how many matrices the network has. */
  constructor(opens, layers) {
    this.#layers = layers;
    this.choose(opens);
  }

  /** Have `changed(names, isFrame)` called at every change of those names; `isFrame`: it is only the next frame of a film that plays. */
  listen(changed) { this.#listeners.push(changed); }

  /** Choose some of epoch, playing, sample, weight and output; a weight of the last matrix decides on the output. */
  choose(chosen) {
    const weight = chosen.weight ?? this.weight;
    const all = weight && weight.layer === this.#layers ? { ...chosen, output: weight.column } : chosen;
    const names = Object.keys(all).filter((name) => JSON.stringify(all[name]) !== JSON.stringify(this[name]));
    Object.assign(this, all);
    const isFrame = this.playing && names.every((name) => ["epoch", "playing"].includes(name));
    if (names.length) for (const changed of this.#listeners) changed(names, isFrame);
  }
}
