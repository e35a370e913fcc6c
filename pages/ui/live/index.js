// The front door: what Python's components call.
export { bugFilm } from "./player/bug_lab.js";
export { chainRule } from "./chain_rule/chain_rule.js";
export { follow } from "./player/follow.js";
export { link } from "./streamlit/copy_link.js";
export { stage } from "./player/stage.js";
