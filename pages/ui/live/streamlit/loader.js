// The loader: imports the modules in `data` (see modules.js), and calls the entry module's functions
// for the components, each with its own style sheet.
const shared = (globalThis.chainscope ??= Promise.withResolvers());
const CONNECTION = "data-test-connection-state"; // an attribute of Streamlit's

export default function ({ data, setTriggerValue }) {
  shared.onReconnect = () => setTriggerValue("back", Date.now());
  if (shared.loaded) return;
  shared.loaded = true;
  limitReferrer();
  watchConnection();
  importModules(data).then(createCaller).then(shared.resolve, shared.reject);
}

/** Return a function that calls one of the code's functions where its style sheets are adopted. */
const createCaller = ({ code, sheets }) => (name, component) => {
  const root = component.parentElement.getRootNode();
  const adopted = root.adoptedStyleSheets;
  const missing = (sheets[name] ?? []).filter((sheet) => !adopted.includes(sheet));
  if (missing.length) root.adoptedStyleSheets = [...adopted, ...missing]; // at the first message only
  return code[name](component);
};

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
