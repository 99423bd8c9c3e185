// Any number of values: each a chip that can be taken away, and an input that adds one.
import { useState } from "react";
import { Choice } from "./Choice.jsx";
import { Input } from "./Input.jsx";
import { useSurroundings } from "./places.js";
import { useWords } from "./words.js";

export function Several({ kind, members, values, onChange }) {
  const say = useWords();
  const choices = useChoices(kind);
  const labelOf = (member) => choices?.find((c) => c.member === member)?.label ?? String(member);
  const add = (member) => {
    if (!members.includes(member)) onChange([...members, member]);
  };
  const remove = (index) => onChange(members.filter((_, other) => other !== index));
  return (
    <span className="px-rb-several" role="group" aria-label={say("values")}>
      {members.map((member, index) => (
        <span className="px-rb-chip" key={`${typeof member} ${member}`}>
          {labelOf(member)}
          <button
            type="button"
            aria-label={say("remove_value", { value: labelOf(member) })}
            onClick={() => remove(index)}
          >
            ×
          </button>
        </span>
      ))}
      {choices ? (
        <Offered choices={choices.filter((choice) => !members.includes(choice.member))} add={add} />
      ) : (
        <Typed {...{ kind, values, add }} />
      )}
    </span>
  );
}

/** Return what there is to choose from, or nothing where any value may be typed. */
function useChoices(kind) {
  const say = useWords();
  const { catalogue } = useSurroundings();
  if (kind === "segments") return catalogue.segments.map((each) => ({ ...each, member: each.name }));
  if (kind !== "boolean") return null;
  return [true, false].map((member) => ({
    member,
    name: String(member),
    label: say(`boolean_${member}`),
  }));
}

function Offered({ choices, add }) {
  const say = useWords();
  const take = (name) => add(choices.find((choice) => choice.name === name).member);
  return <Choice label={say("add_value")} options={choices} value="" onChange={take} />;
}

function Typed({ kind, values, add }) {
  const say = useWords();
  const [draft, setDraft] = useState("");
  const finish = () => {
    if (draft !== null && draft !== "") add(draft);
    setDraft("");
  };
  const onKeyDown = (event) => {
    if (event.key !== "Enter" && event.key !== ",") return;
    event.preventDefault();
    finish();
  };
  return (
    <Input
      {...{ kind, values, onKeyDown }}
      label={say("add_value")}
      placeholder={say("add_value")}
      value={draft}
      onChange={setDraft}
      onBlur={finish}
    />
  );
}
