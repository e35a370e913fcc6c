// The loader: imports the compressed modules in `data` as blobs, and calls the entry module's
// functions for the components, each with its own style sheet.
const shared = (globalThis.chainscope ??= Promise.withResolvers());
const CONNECTION = "data-test-connection-state"; // an attribute of Streamlit's

export default function ({ data, setTriggerValue }) {
  shared.onReconnect = () => setTriggerValue("back", Date.now());
  if (shared.loaded) return;
  shared.loaded = true;
  limitReferrer();
  watchConnection();
  load(data).then(shared.resolve, shared.reject);
}

async function load(data) {
  const text = new Blob([data]).stream().pipeThrough(new DecompressionStream("gzip"));
  const { entry, modules, sheets, styles } = await new Response(text).json();
  const addresses = {};
  const address = (name) => (addresses[name] ??= blob(modules[name].replaceAll(
    /from "(\.{1,2}\/[\w/.-]+\.js)"/g, (_, wanted) => `from "${address(resolveName(name, wanted))}"`)));
  return createCaller(await import(address(entry)), sheets, styles);
}

/** Return the path of the module that module `name` imports as `wanted`. */
function resolveName(name, wanted) {
  return new URL(wanted, `http://modules/${name}`).pathname.slice(1);
}

/** Return a function that calls one of the code's functions where its style sheets are adopted. */
function createCaller(code, texts, styles) {
  const sheets = Object.fromEntries(Object.entries(texts).map(([name, text]) => [name, createStyleSheet(text)]));
  return (name, component) => {
    const root = component.parentElement.getRootNode();
    const own = styles[name]?.map((sheet) => sheets[sheet]) ?? [];
    const adopted = root.adoptedStyleSheets;
    const missing = own.filter((sheet) => !adopted.includes(sheet));
    if (missing.length) root.adoptedStyleSheets = [...adopted, ...missing]; // at the first message only
    return code[name](component);
  };
}

function createStyleSheet(text) {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(text);
  return sheet;
}

/**
 * Report when the connection is back. Streamlit reconnects by itself but requests nothing: after
 * a restart of the server, an idle page would go on showing a session that no longer exists.
 */
function watchConnection() {
  const app = document.querySelector(`[${CONNECTION}]`);
  let away = false;
  new MutationObserver(() => {
    const here = app.getAttribute(CONNECTION) === "CONNECTED";
    if (here && away) shared.onReconnect();
    away = !here;
  }).observe(app, { attributes: true, attributeFilter: [CONNECTION] });
}

/** Send other sites no address of ours as referrer: it holds the session's ticket. */
function limitReferrer() {
  const meta = document.createElement("meta");
  Object.assign(meta, { name: "referrer", content: "same-origin" });
  document.head.append(meta);
}

function blob(source) {
  return URL.createObjectURL(new Blob([source], { type: "text/javascript" }));
}
