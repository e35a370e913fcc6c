// Imports modules that a message holds, as blobs. Code that is not a module of it begins with this text.

/** Return the entry module of compressed modules, and their style sheets by the function that needs them. */
async function importModules(data) {
  const { entry, modules, sheets, styles } = await decompress(data).json();
  const addresses = {};
  const address = (name) => (addresses[name] ??= blob(modules[name].replaceAll(
    /from "(\.{1,2}\/[\w/.-]+\.js)"/g, (_, wanted) => `from "${address(resolveName(name, wanted))}"`)));
  return { code: await import(address(entry)), sheets: styleSheets(sheets, styles) };
}

/** Return compressed data as a response, to be read as it is needed. */
function decompress(data) {
  return new Response(new Blob([data]).stream().pipeThrough(new DecompressionStream("gzip")));
}

/** Return the path of the module that module `name` imports as `wanted`. */
function resolveName(name, wanted) {
  return new URL(wanted, `http://modules/${name}`).pathname.slice(1);
}

/** Return the style sheets of each function. */
function styleSheets(texts, styles) {
  const sheets = Object.fromEntries(Object.entries(texts).map(([name, text]) => [name, styleSheet(text)]));
  return Object.fromEntries(Object.entries(styles).map(([name, names]) => [name, names.map((each) => sheets[each])]));
}

function styleSheet(text) {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(text);
  return sheet;
}

function blob(source) {
  return URL.createObjectURL(new Blob([source], { type: "text/javascript" }));
}
