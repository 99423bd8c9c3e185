// A group of conditions as react-querybuilder holds it, drawn with our own parts.
import { QueryBuilder } from "react-querybuilder";
import { Condition } from "./Condition.jsx";
import { Group } from "./Group.jsx";

const PARTS = { rule: Condition, ruleGroup: Group };
const NO_FIELDS = []; // our parts ask the catalogue instead

/** Edits a root group; `onChange` takes the whole of it. */
export function Tree({ query, onChange }) {
  return (
    <QueryBuilder
      query={query}
      onQueryChange={onChange}
      enableMountQueryChange={false}
      controlElements={PARTS}
      fields={NO_FIELDS}
    />
  );
}
