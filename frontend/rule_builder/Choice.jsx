// A choice from a list, which keeps a value that is not in it and may let the editor type another.
import { useState } from "react";
import { useWords } from "./words.js";

const OTHER = "\u0000other";

/** `options` have name, label and perhaps a group; `mayType` offers to type what is not there. */
export function Choice({ label, options, value, onChange, mayType = false, part }) {
  const [isTyping, setTyping] = useState(false);
  const [returns, setReturns] = useState(false);
  if (isTyping) {
    const close = (text, byKey) => {
      if (text) onChange(text);
      setTyping(false);
      setReturns(byKey);
    };
    return <Typed label={label} onClose={close} />;
  }
  const choose = (name) => (name === OTHER ? setTyping(true) : onChange(name));
  return (
    <List {...{ label, options, value, mayType, part }} onChange={choose} autoFocus={returns} />
  );
}

function List({ label, options, value, onChange, mayType, part, autoFocus }) {
  const say = useWords();
  const isListed = options.some((option) => option.name === value);
  return (
    <select
      aria-label={label}
      autoFocus={autoFocus}
      data-part={part}
      value={value}
      onChange={(event) => onChange(event.target.value)}
    >
      {!isListed && (
        <option value={value} disabled={value === ""}>
          {value || say("choose")}
        </option>
      )}
      <Options options={options} />
      {mayType && <option value={OTHER}>{say("other")}</option>}
    </select>
  );
}

function Options({ options }) {
  const one = ({ name, label }) => (
    <option key={name} value={name}>
      {label ?? name}
    </option>
  );
  const groups = [...new Set(options.map((option) => option.group))];
  return groups.map((group) => {
    const members = options.filter((option) => option.group === group).map(one);
    return group ? (
      <optgroup key={group} label={group}>
        {members}
      </optgroup>
    ) : (
      members
    );
  });
}

function Typed({ label, onClose }) {
  const finish = (event) => {
    if (event.key === "Enter") onClose(event.target.value.trim(), true);
    if (event.key === "Escape") onClose("", true);
  };
  return (
    <input
      type="text"
      aria-label={label}
      autoFocus
      onKeyDown={finish}
      onBlur={(event) => onClose(event.target.value.trim(), false)}
    />
  );
}
