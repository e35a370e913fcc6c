// A run as a page of its own: its parts, and what they share.
import { decode } from "../codec.js";
import { Stage } from "../player/stage.js";
import { PageRun } from "./page_run.js";
import { PageState } from "./page_state.js";
import { StageSource } from "./stage_source.js";
import { StepSection } from "./step_source.js";

/** Fill the page from the compressed message of a run; `sheets`: style sheets by part. */
export async function openPage(message, sheets) {
  const bytes = await new Response(new Blob([message]).stream().pipeThrough(new DecompressionStream("gzip"))).bytes();
  const run = new PageRun(decode(bytes));
  const state = new PageState(run.opens);
  const source = new StageSource(run, state);
  const stage = new Stage(source, false);
  stage.open(place("stage", sheets));
  source.start((answer) => stage.take(answer));
  const seek = (epoch) => {
    stage.player.seek(epoch);
    stage.player.rest();
  };
  new StepSection(run, state, seek).open(place("stepThrough", sheets));
}

/** Return the shadow root of a part of the page, with its style sheets. */
function place(name, sheets) {
  const root = document.querySelector(`[data-part=${name}]`).attachShadow({ mode: "open" });
  root.adoptedStyleSheets = sheets[name];
  return root;
}
