// Where a node is: its path in react-querybuilder, and the path by which the server names it.
import { createContext, useContext } from "react";

/** What surrounds a tree: `catalogue`, `faults`, `hints`, `prefix`, and `event` inside a filter. */
export const Surroundings = createContext(null);

export const useSurroundings = () => useContext(Surroundings);

/** Return the server's name for a node, such as `rules[1].rules[0]`. */
export function placeOf(path, prefix = "") {
  return [prefix, ...path.map((index) => `rules[${index}]`)].filter(Boolean).join(".");
}

const OWN = /^(field|operator|value|valueSource|combinator|not|rules|behaviour)?$/;
const OF_BEHAVIOUR = /^behaviour(\.(event|aggregate|window|property|where))?$/;

/** Return those of the faults or hints that concern the node itself, and no node inside of it. */
export function about(place, findings) {
  return findings.filter(({ path = "" }) => {
    if (path === place) return true;
    const isInside = place === "" ? true : path.startsWith(`${place}.`);
    const rest = place === "" ? path : path.slice(place.length + 1);
    return isInside && (OWN.test(rest) || OF_BEHAVIOUR.test(rest));
  });
}
