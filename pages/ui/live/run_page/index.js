// A run as a page of its own: its parts, and what they share.
import { ChainRule } from "../chain_rule/chain_rule.js";
import { markOverflow } from "../chain_rule/overflow.js";
import { decode } from "../codec.js";
import { Stage } from "../player/stage.js";
import { LiveDerivation } from "./derivation/live_derivation.js";
import { FactorSource } from "./factors/factor_source.js";
import { FilmBar } from "./film/film_bar.js";
import { followLinks } from "./links.js";
import { PageRun } from "./page_run.js";
import { PageState } from "./page_state.js";
import { watchTheme } from "./page_theme.js";
import { SampleChoice } from "./factors/sample_choice.js";
import { StageSource } from "./film/stage_source.js";
import { StepSection } from "./step/step_source.js";

const HIDDEN = 100; // ms until a page that is not in view goes on without a frame

/** Fill the page from the message of a run, the film first; `sheets`: style sheets by part. */
export async function openPage(message, sheets) {
  followLinks();
  const run = new PageRun(decode(message));
  const state = new PageState(run.opens, run.network.shapes.length);
  const source = new StageSource(run, state);
  const stage = new Stage(source, false);
  stage.open(place("stage", sheets));
  source.start((answer) => stage.take(answer));
  await nextFrame();
  const factors = openFactors(run, state, place("chainRule", sheets));
  const seek = (epoch) => {
    stage.player.seek(epoch);
    stage.player.rest();
  };
  const step = new StepSection(run, state, seek);
  step.open(place("stepThrough", sheets));
  watchTheme(stage, factors, step);
  new LiveDerivation(run, state, document.getElementById("derivation"));
  document.querySelector("nav").append(new FilmBar(stage.player, stage.controls.element, state, run.epochs.at(-1), sheets.stage).element);
  watchWidth();
}

/** Return once what is there has been drawn. */
function nextFrame() {
  return new Promise((done) => {
    requestAnimationFrame(() => setTimeout(done));
    setTimeout(done, HIDDEN);
  });
}

/** Open the chain rule, with the choice of its sample above; return it. */
function openFactors(run, state, root) {
  const source = new FactorSource(run, state);
  const [choice, factors] = [new SampleChoice(run, state), new ChainRule(source)];
  for (const part of [choice, factors]) part.open(root);
  source.start((scene) => [factors, choice].forEach((part) => part.show(scene))); // the first one sets the digits
  return factors;
}

/** Let the keyboard reach formulas and tables that are wider than the window, at every width of it. */
function watchWidth() {
  const boxes = document.querySelectorAll(".text :is(math[display=block], .scroll)");
  for (const box of boxes) box.addEventListener("scroll", () => markOverflow(box));
  new ResizeObserver(() => markOverflow(...boxes)).observe(document.querySelector("main"));
}

/** Return the shadow root of a part of the page, with its style sheets. */
function place(name, sheets) {
  const root = document.querySelector(`[data-part=${name}]`).attachShadow({ mode: "open" });
  root.adoptedStyleSheets = sheets[name];
  return root;
}
