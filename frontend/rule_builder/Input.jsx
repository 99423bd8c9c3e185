// An input for a text or a number, with the values that were observed to choose from.
import { useId } from "react";

const AS_KIND = {
  text: (value) => String(value ?? ""),
  number: (value) => (value === "" || Number.isNaN(Number(value)) ? null : Number(value)),
  boolean: (value) => value !== false && value !== "false",
};

/** Return the value as a text, a number or a boolean; null for what is no number. */
export const asKind = (value, kind) => AS_KIND[kind](value);

export function Input({ kind, label, value, values, onChange, ...others }) {
  const list = useId();
  const isNumber = kind === "number";
  return (
    <>
      <input
        type={isNumber ? "number" : "text"}
        step={isNumber ? "any" : undefined}
        aria-label={label}
        list={values.length ? list : undefined}
        value={value ?? ""}
        onChange={(event) => onChange(asKind(event.target.value, kind))}
        {...others}
      />
      {values.length > 0 && (
        <datalist id={list}>
          {values.map((each) => (
            <option key={String(each)} value={String(each)} />
          ))}
        </datalist>
      )}
    </>
  );
}
