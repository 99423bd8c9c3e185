// A length of time: a number and its unit on the screen, seconds in the rule.
import { useState } from "react";
import { Choice } from "./Choice.jsx";
import { useWords } from "./words.js";

const SECONDS = { days: 86_400, hours: 3_600, minutes: 60, seconds: 1 };
const UNITS = Object.keys(SECONDS);

/** Return whether a condition compares seconds. */
export function isDuration({ field, behaviour }) {
  return field === "session.seconds" || Boolean(behaviour?.aggregate.startsWith("seconds_"));
}

const largestUnit = (seconds) => UNITS.find((unit) => seconds % SECONDS[unit] === 0) ?? "seconds";

export function Duration({ label, value, onChange }) {
  const say = useWords();
  const [unit, setUnit] = useState(value ? largestUnit(value) : "days");
  const length = value === null ? "" : value / SECONDS[unit];
  const retain = (next) => {
    setUnit(next);
    if (value !== null) onChange(length * SECONDS[next]);
  };
  return (
    <>
      <input
        type="number"
        step="any"
        aria-label={label}
        value={length}
        onChange={({ target }) =>
          onChange(target.value === "" ? null : Math.round(Number(target.value) * SECONDS[unit]))
        }
      />
      <Choice
        label={say("unit")}
        options={UNITS.map((name) => ({ name, label: say(`unit_${name}`) }))}
        value={unit}
        onChange={retain}
      />
    </>
  );
}
