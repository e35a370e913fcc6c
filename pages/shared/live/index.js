// The front door: what Python's components call.
export { stage } from "./stage.js";
