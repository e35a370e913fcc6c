// Turns the modules in `data` into blob addresses, imports the first and hands it to whoever waits.
const shared = (globalThis.chainscope ??= Promise.withResolvers());

export default function ({ data: { entry, modules } }) {
  if (shared.loaded) return;
  shared.loaded = true;
  const addresses = {};
  const address = (name) => (addresses[name] ??= blob(modules[name].replaceAll(
    /from "\.\/([\w-]+\.js)"/g, (_, wanted) => `from "${address(wanted)}"`)));
  import(address(entry)).then(shared.resolve, shared.reject);
}

function blob(source) {
  return URL.createObjectURL(new Blob([source], { type: "text/javascript" }));
}
