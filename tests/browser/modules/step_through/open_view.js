import { StepThrough } from "/pages/ui/live/step_through/step_through.js";

const THEME = {
  "text-color": "#222222", "background-color": "#ffffff", "secondary-background-color": "#eeeeee", "primary-color": "#ff4444", "border-color": "#cccccc", font: "sans-serif",
  "chart-diverging-colors": "#67001f,#f7f7f7,#053061", "chart-categorical-colors": "#000000,#111111",
};

/** Open a view in an otherwise blank page; `send(fields)` gets what it would send to the server, `setAddress(params)` what it would write into the address. */
export function openView(send = () => undefined, setAddress = () => undefined) {
  for (const [name, value] of Object.entries(THEME)) document.documentElement.style.setProperty(`--st-${name}`, value);
  const view = new StepThrough({ send, setAddress });
  const host = document.createElement("div");
  document.body.replaceChildren(host);
  view.open(host.attachShadow({ mode: "open" }));
  return view;
}
