// What can be done to a node as a whole: move it up or down, copy it, take it away.
import { getParentPath, findPath } from "react-querybuilder";
import { useSurroundings } from "./places.js";
import { renewed, spliced } from "./tree.js";
import { useWords } from "./words.js";

export function Tools({ node, name, path, schema, actions, shiftUpDisabled, shiftDownDisabled }) {
  const say = useWords();
  const { focusLater } = useSurroundings();
  const move = (direction) => {
    focusLater(node.id, direction);
    actions.moveRule(path, direction);
  };
  const copy = () => {
    const twin = renewed(node);
    focusLater(twin.id, "field");
    schema.dispatchQuery(spliced(schema.getQuery(), path, node, twin));
  };
  const remove = () => {
    const parent = findPath(getParentPath(path), schema.getQuery());
    focusLater(parent.id, "add");
    actions.onRuleRemove(path);
  };
  const tools = [
    { part: "up", sign: "↑", act: () => move("up"), disabled: shiftUpDisabled },
    { part: "down", sign: "↓", act: () => move("down"), disabled: shiftDownDisabled },
    { part: "copy", sign: <CopySign />, act: copy },
    { part: "remove", sign: "×", act: remove },
  ];
  return (
    <span className="px-rb-tools">
      {tools.map(({ part, sign, act, disabled = false }) => (
        <button
          key={part}
          type="button"
          data-part={part}
          title={say(`tool_${part}`)}
          aria-label={say(`tool_${part}_named`, { name })}
          aria-disabled={disabled}
          onClick={disabled ? undefined : act}
        >
          <span aria-hidden="true">{sign}</span>
        </button>
      ))}
    </span>
  );
}

/** Two sheets: no font has a sign for it everywhere. */
function CopySign() {
  return (
    <svg viewBox="0 0 16 16" width="14" height="14" fill="none" stroke="currentColor">
      <path d="M5.5 5.5h8v8h-8zM10.5 5.5v-3h-8v8h3" />
    </svg>
  );
}
