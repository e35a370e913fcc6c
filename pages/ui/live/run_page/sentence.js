// Sentences from Python, with numbers in their places.

/** Return a text with values in place of the names in its braces. */
export const fill = (text, values) => text.replaceAll(/\{(\w+)\}/g, (_, name) => values[name]);
