// The front door: what Python's components call.
export { chainRule } from "./chain_rule.js";
export { stage } from "./stage.js";
