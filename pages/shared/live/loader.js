// Turns the modules in `data` into blob addresses, imports the first and hands it to whoever waits.
const shared = (globalThis.chainscope ??= Promise.withResolvers());
const CONNECTION = "data-test-connection-state"; // Streamlit's own word for it

export default function ({ data: { entry, modules }, setTriggerValue }) {
  shared.back = () => setTriggerValue("back", Date.now());
  if (shared.loaded) return;
  shared.loaded = true;
  tellWhenBack();
  const addresses = {};
  const address = (name) => (addresses[name] ??= blob(modules[name].replaceAll(
    /from "\.\/([\w-]+\.js)"/g, (_, wanted) => `from "${address(wanted)}"`)));
  import(address(entry)).then(shared.resolve, shared.reject);
}

/**
 * Streamlit connects again by itself, but asks for nothing: after a server was started anew, a page
 * at rest would go on showing what is gone.
 */
function tellWhenBack() {
  const app = document.querySelector(`[${CONNECTION}]`);
  let away = false;
  new MutationObserver(() => {
    const here = app.getAttribute(CONNECTION) === "CONNECTED";
    if (here && away) shared.back();
    away = !here;
  }).observe(app, { attributes: true, attributeFilter: [CONNECTION] });
}

function blob(source) {
  return URL.createObjectURL(new Blob([source], { type: "text/javascript" }));
}
