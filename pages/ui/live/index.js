// The functions that Python's components call.
export { bugLab } from "./player/bug_lab.js";
export { chainRule } from "./chain_rule/chain_rule.js";
export { follow } from "./streamlit/follow.js";
export { copyLink } from "./streamlit/copy_link.js";
export { stage } from "./player/stage.js";
