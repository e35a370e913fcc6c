// The functions that Python's components call with every message; the views themselves stay.
import { ChainRule } from "./chain_rule/chain_rule.js";
import { StepThrough } from "./step_through/step_through.js";
import { BugLab } from "./player/bug_lab.js";
import { Stage } from "./player/stage.js";
import { RunPair } from "./runs/pair_player.js";
import { Landscape } from "./runs/landscape.js";
import { SweepView } from "./runs/sweep.js";
import { component, PageSource, StreamlitSource } from "./streamlit/source.js";

export { copyLink } from "./streamlit/copy_link.js";
export { follow } from "./streamlit/follow.js";

export const stage = component(() => new Stage(new PageSource()), "pull");
export const bugLab = component(() => new BugLab(new StreamlitSource()), "tell");
export const chainRule = component(() => new ChainRule(new StreamlitSource()), "pick");
export const stepThrough = component(() => new StepThrough(new StreamlitSource()), "step");
export const runPair = component(() => new RunPair(new StreamlitSource()), "pair");
export const landscape = component(() => new Landscape(new StreamlitSource()), "landscape");
export const sweep = component(() => new SweepView(new StreamlitSource()), "sweep");
