// One condition: what it is about, the operator, the value; or its JSON, where that is all we know.
import { useState } from "react";
import { BehaviourEditor, Where } from "./BehaviourEditor.jsx";
import { Choice } from "./Choice.jsx";
import { Findings, idOfFindings } from "./Findings.jsx";
import { Tools } from "./Tools.jsx";
import { ValueEditor } from "./ValueEditor.jsx";
import { onField, propertiesOf, refitted, subjectOf } from "./catalogue.js";
import { placeOf, useSurroundings } from "./places.js";
import { readNode, spliced, writeNode } from "./tree.js";
import { useWords } from "./words.js";

export function Condition(props) {
  const { rule, path, schema } = props;
  const say = useWords();
  const { prefix } = useSurroundings();
  const place = placeOf(path, prefix);
  const change = (node) => schema.dispatchQuery(spliced(schema.getQuery(), path, node));
  const isRaw = "raw" in rule;
  return (
    <div
      className="px-rb-condition"
      role="group"
      aria-label={say("condition", { number: path.at(-1) + 1 })}
      aria-describedby={idOfFindings(place)}
      data-node={rule.id}
    >
      <div className="px-rb-line">
        <div className="px-rb-parts">
          {isRaw ? <Raw {...{ rule, change }} /> : <Leaf {...{ rule, place, change }} />}
        </div>
        <Tools {...props} node={rule} name={say("condition", { number: path.at(-1) + 1 })} />
      </div>
      <Findings place={place} isBlank={rule.field === ""} />
    </div>
  );
}

function Leaf({ rule, place, change }) {
  const say = useWords();
  const scope = useSurroundings();
  const { catalogue } = scope;
  const isFilter = scope.event !== undefined;
  const fields = isFilter ? propertiesOf(scope.event, catalogue) : catalogue.fields;
  const field = (
    <Choice
      label={say(isFilter ? "property" : "field")}
      part="field"
      options={fields}
      value={rule.field}
      onChange={(name) => change(onField(rule, name, catalogue, scope))}
      mayType={isFilter}
    />
  );
  const refit = (behaviour) => change(refitted({ ...rule, behaviour }, catalogue, scope));
  const { behaviour } = rule;
  return (
    <>
      {field}
      {behaviour && <BehaviourEditor behaviour={behaviour} onChange={refit} />}
      {rule.field !== "" && <Comparison {...{ rule, change, scope }} />}
      {behaviour && <Where {...{ behaviour, place }} id={rule.id} onChange={refit} />}
    </>
  );
}

function Comparison({ rule, change, scope }) {
  const say = useWords();
  const { catalogue } = scope;
  const subject = subjectOf(rule, catalogue, scope);
  const operators = catalogue.operators
    .filter(({ name }) => name === rule.operator || subject.operators.includes(name))
    .map((operator) => ({ ...operator, ...labelOf(operator, subject, say) }));
  const compare = (operator) => change(refitted(rule, catalogue, scope, operator));
  return (
    <span className="px-rb-comparison">
      <Choice label={say("operator")} options={operators} value={rule.operator} onChange={compare} />
      <ValueEditor leaf={rule} subject={subject} onChange={(value) => change({ ...rule, value })} />
    </span>
  );
}

/** Of segments the operators read as membership. */
function labelOf({ name, label }, { type }, say) {
  const key = `segments_${name}`;
  return { label: type === "segments" && say(key) !== key ? say(key) : label };
}

/** JSON that the builder has no controls for: shown as it is, and read again when it was edited. */
function Raw({ rule, change }) {
  const say = useWords();
  const { catalogue, event } = useSurroundings();
  const [text, setText] = useState(() => JSON.stringify(writeNode(rule), null, 2));
  const decoded = decode(text);
  const type = (typed) => {
    setText(typed);
    const { json } = decode(typed);
    if (json !== undefined) change({ id: rule.id, raw: json });
  };
  const leave = () => {
    if (decoded.json === undefined) return;
    const node = readNode(decoded.json, catalogue, { inWhere: event !== undefined });
    if (!("raw" in node)) change(node);
  };
  return (
    <label className="px-rb-raw">
      <span>{say("raw")}</span>
      <textarea
        data-part="field"
        rows={Math.min(12, text.split("\n").length)}
        spellCheck={false}
        value={text}
        aria-invalid={decoded.json === undefined}
        onChange={(typing) => type(typing.target.value)}
        onBlur={leave}
      />
      {decoded.json === undefined && <span className="px-rb-fault">{say("not_json")}</span>}
    </label>
  );
}

function decode(text) {
  try {
    return { json: JSON.parse(text) };
  } catch {
    return {};
  }
}
