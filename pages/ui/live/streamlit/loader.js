// Turns the modules in `data`, which is compressed, into blob addresses, imports the first and calls
// its functions for whoever waits, each in its own styles.
const shared = (globalThis.chainscope ??= Promise.withResolvers());
const CONNECTION = "data-test-connection-state"; // Streamlit's own word for it

export default function ({ data, setTriggerValue }) {
  shared.back = () => setTriggerValue("back", Date.now());
  if (shared.loaded) return;
  shared.loaded = true;
  tellNobodyTheAddress();
  tellWhenBack();
  load(data).then(shared.resolve, shared.reject);
}

async function load(data) {
  const text = new Blob([data]).stream().pipeThrough(new DecompressionStream("gzip"));
  const { entry, modules, styles } = await new Response(text).json();
  const addresses = {};
  const address = (name) => (addresses[name] ??= blob(modules[name].replaceAll(
    /from "(\.{1,2}\/[\w/.-]+\.js)"/g, (_, wanted) => `from "${address(beside(name, wanted))}"`)));
  return caller(await import(address(entry)), styles);
}

/** The name of the module that `name` calls `wanted`. */
function beside(name, wanted) {
  return new URL(wanted, `http://modules/${name}`).pathname.slice(1);
}

/** A function that calls one of the code's, in a place that has its styles. */
function caller(code, styles) {
  const sheets = {};
  return (name, component) => {
    sheets[name] ??= sheet(styles[name]);
    const root = component.parentElement.getRootNode();
    const there = root.adoptedStyleSheets;
    if (!there.includes(sheets[name])) root.adoptedStyleSheets = [...there, sheets[name]];
    return code[name](component);
  };
}

function sheet(text) {
  const made = new CSSStyleSheet();
  made.replaceSync(text);
  return made;
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

/** The address holds a ticket: other sites that a link leads to need not know it. */
function tellNobodyTheAddress() {
  const meta = document.createElement("meta");
  Object.assign(meta, { name: "referrer", content: "same-origin" });
  document.head.append(meta);
}

function blob(source) {
  return URL.createObjectURL(new Blob([source], { type: "text/javascript" }));
}
