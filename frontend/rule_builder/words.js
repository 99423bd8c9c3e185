// The builder's words, which come from the server in the editor's language.
import { createContext, useContext } from "react";

export const Words = createContext({});

const language = document.documentElement.lang || "en";

/** Return the sentence with each `%(name)s` replaced; an unknown key shows itself. */
export function phrase(words, key, values = {}) {
  return (words[key] ?? key).replace(/%\((\w+)\)s/g, (whole, name) => values[name] ?? whole);
}

/** Return what looks words up: `say("count", {matched: 3})`. */
export function useWords() {
  const words = useContext(Words);
  return (key, values) => phrase(words, key, values);
}

export const number = (value) => new Intl.NumberFormat(language).format(value);

export const percent = (share) =>
  new Intl.NumberFormat(language, { style: "percent", maximumFractionDigits: 1 }).format(share);
