// What a condition compares with: nothing, one value, a pair, or any number of values.
import { useState } from "react";
import { Choice } from "./Choice.jsx";
import { Duration, isDuration } from "./Duration.jsx";
import { Input, asKind } from "./Input.jsx";
import { Several } from "./Several.jsx";
import { arityOf, fitted } from "./catalogue.js";
import { useSurroundings } from "./places.js";
import { useWords } from "./words.js";

const KINDS = ["text", "number", "boolean"];
const KIND_OF = { string: "text", number: "number", boolean: "boolean" };

/** Editor of `leaf.value`; `subject` has the type of what it is compared with, and seen values. */
export function ValueEditor({ leaf, subject, onChange }) {
  const say = useWords();
  const { catalogue } = useSurroundings();
  const [chosen, choose] = useState(null);
  const arity = arityOf(leaf.operator, catalogue);
  if (arity === 0) return null;

  const kind = kindOf(leaf.value, subject.type, chosen);
  const convert = (next) => {
    choose(next);
    onChange(fitted(converted(leaf.value, next), arity, next));
  };
  const inputs = { kind, values: subject.values, isTime: kind === "number" && isDuration(leaf) };
  return (
    <>
      {kind !== subject.type && kind !== "segments" && (
        <Choice
          label={say("kind")}
          options={KINDS.map((name) => ({ name, label: say(`kind_${name}`) }))}
          value={kind}
          onChange={convert}
        />
      )}
      {arity === 1 && (
        <One {...inputs} label={say("value")} value={leaf.value ?? null} onChange={onChange} />
      )}
      {arity === 2 && <Pair {...inputs} pair={leaf.value} onChange={onChange} />}
      {arity === -1 && <Several {...inputs} members={leaf.value} onChange={onChange} />}
    </>
  );
}

/** What the values are already, else what the editor chose, else what the field holds. */
function kindOf(value, type, chosen) {
  if (type === "segments") return type;
  const known = (Array.isArray(value) ? value : [value]).filter((each) => each !== "");
  const first = known.find((each) => each !== null && each !== undefined);
  return KIND_OF[typeof first] ?? chosen ?? (KINDS.includes(type) ? type : "text");
}

function converted(value, kind) {
  return Array.isArray(value) ? value.map((each) => asKind(each, kind)) : asKind(value, kind);
}

function One({ kind, isTime, ...input }) {
  if (kind === "segments") return <Segment {...input} />;
  if (kind === "boolean") return <YesOrNo {...input} />;
  return isTime ? <Duration {...input} /> : <Input kind={kind} {...input} />;
}

function Segment({ label, value, onChange }) {
  const { catalogue } = useSurroundings();
  return <Choice {...{ label, onChange }} value={value ?? ""} options={catalogue.segments} />;
}

function YesOrNo({ label, value, onChange }) {
  const say = useWords();
  const options = ["true", "false"].map((name) => ({ name, label: say(`boolean_${name}`) }));
  const choose = (name) => onChange(name === "true");
  return <Choice {...{ label, options }} value={String(value ?? "")} onChange={choose} />;
}

function Pair({ pair, onChange, ...input }) {
  const say = useWords();
  const [lowest, highest] = pair;
  return (
    <span className="px-rb-pair">
      <One {...input} label={say("lowest")} value={lowest} onChange={(v) => onChange([v, highest])} />
      <span aria-hidden="true">{say("and")}</span>
      <One {...input} label={say("highest")} value={highest} onChange={(v) => onChange([lowest, v])} />
    </span>
  );
}
