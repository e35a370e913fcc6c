// The front door: what Python's components call.
export { bugFilm } from "./bug_lab.js";
export { chainRule } from "./chain_rule.js";
export { follow } from "./follow.js";
export { link } from "./link.js";
export { stage } from "./stage.js";
