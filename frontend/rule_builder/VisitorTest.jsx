// Tests the rule against one visitor, and shows what each condition found.
import { useState } from "react";
import { useWords } from "./words.js";

const ME = "me";

export function VisitorTest({ text, calls }) {
  const say = useWords();
  const [visitor, setVisitor] = useState("");
  const [result, setResult] = useState(null);
  const test = async (name) => {
    try {
      setResult(await calls.test({ rule: JSON.parse(text), visitor: name }));
    } catch {
      setResult({ error: say("closed") });
    }
  };
  const onEnter = (event) => event.key === "Enter" && visitor && test(visitor);
  return (
    <details className="px-rb-test">
      <summary>{say("test")}</summary>
      <div className="px-rb-parts">
        <label>
          <span>{say("test_visitor")}</span>
          <input
            type="text"
            value={visitor}
            onChange={(event) => setVisitor(event.target.value.trim())}
            onKeyDown={onEnter}
          />
        </label>
        <button type="button" aria-disabled={!visitor} onClick={() => visitor && test(visitor)}>
          {say("test_it")}
        </button>
        <button type="button" onClick={() => test(ME)}>
          {say("test_me")}
        </button>
      </div>
      <div role="status">{result && <Result result={result} />}</div>
    </details>
  );
}

function Result({ result }) {
  const say = useWords();
  if (result.error) return <p className="px-rb-quiet">{result.error}</p>;
  return (
    <>
      <p>
        <strong>{say(result.matched ? "matched" : "not_matched")}</strong>
      </p>
      {result.explanation && (
        <ul className="px-rb-clauses">
          <Clause clause={result.explanation} />
        </ul>
      )}
    </>
  );
}

function Clause({ clause }) {
  const say = useWords();
  const { matched, sentence, actual, age, children = [] } = clause;
  const found = actual === undefined || actual === null ? "" : say("actual", { actual: shown(actual) });
  return (
    <li>
      <span className={matched ? "px-rb-yes" : "px-rb-no"}>
        <span aria-hidden="true">{matched ? "✓" : "✗"}</span>
        <span className="px-rb-spoken">{say(matched ? "holds" : "fails")}</span>
      </span>{" "}
      {sentence} <span className="px-rb-quiet">{[found, age].filter(Boolean).join(", ")}</span>
      {children.length > 0 && (
        <ul>
          {children.map((child) => (
            <Clause key={child.path} clause={child} />
          ))}
        </ul>
      )}
    </li>
  );
}

const shown = (actual) => (typeof actual === "string" ? actual : JSON.stringify(actual));
