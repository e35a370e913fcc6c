// What is chosen in the page: all its parts follow.

/** The epoch on display, and the sample, weight and output that are selected. */
export class PageState {
  #listeners = [];

  /** `opens`: { epoch, sample, weight, output }. */
  constructor(opens) {
    Object.assign(this, opens);
  }

  /** Have `changed(names, playing)` called at every change of those names, while the film plays or rests. */
  listen(changed) { this.#listeners.push(changed); }

  /** Choose some of epoch, sample, weight and output; a weight of the last matrix, of `layers`, decides on the output. */
  choose(chosen, playing = false) {
    const names = Object.keys(chosen).filter((name) => JSON.stringify(chosen[name]) !== JSON.stringify(this[name]));
    Object.assign(this, chosen);
    if (names.length) for (const changed of this.#listeners) changed(names, playing);
  }
}
