// The whole builder of one text area: the tree or its JSON, what the server says of it, the test.
import { useCallback, useLayoutEffect, useMemo, useRef, useState } from "react";
import { Tree } from "./Tree.jsx";
import { Verdict } from "./Verdict.jsx";
import { VisitorTest } from "./VisitorTest.jsx";
import { Surroundings } from "./places.js";
import { useReading } from "./reading.js";
import { read, write } from "./tree.js";
import { useWords } from "./words.js";

/** `area` is Django's text area: it is read once, written at each change, and what is submitted. */
export function Builder({ area, title, catalogue, calls, segment }) {
  const say = useWords();
  const [root, setRoot] = useState(() => parsed(area.value, catalogue));
  const [isJson, setJson] = useState(root === null);
  const [container, focusLater] = useLaterFocus();

  useLayoutEffect(() => {
    area.hidden = !isJson;
  }, [area, isJson]);

  const keep = useCallback(
    (next) => {
      setRoot(next);
      area.value = JSON.stringify(write(next), null, 2);
      area.dispatchEvent(new Event("change", { bubbles: true }));
    },
    [area],
  );
  const toggle = () => {
    if (isJson) setRoot(parsed(area.value, catalogue));
    setJson(!isJson || parsed(area.value, catalogue) === null);
  };
  return (
    <div ref={container} role="group" aria-label={title} onKeyDown={keepForm}>
      {!isJson && <Rule {...{ root, keep, catalogue, calls, segment, focusLater }} />}
      {isJson && root === null && <p className="px-rb-fault">{say("not_json")}</p>}
      <button type="button" className="px-rb-toggle" aria-pressed={isJson} onClick={toggle}>
        {say("as_json")}
      </button>
    </div>
  );
}

function Rule({ root, keep, catalogue, calls, segment, focusLater }) {
  const text = JSON.stringify(write(root));
  const reading = useReading(text, segment, calls);
  const { faults, hints } = reading;
  const surroundings = useMemo(
    () => ({ catalogue, faults, hints, focusLater, prefix: "" }),
    [catalogue, faults, hints, focusLater],
  );
  return (
    <>
      <Surroundings.Provider value={surroundings}>
        <Tree query={root} onChange={keep} />
      </Surroundings.Provider>
      <Verdict reading={reading} />
      <VisitorTest text={text} calls={calls} />
    </>
  );
}

/** Return a container's ref, and what lets the focus go to a node's part once that is drawn. */
function useLaterFocus() {
  const container = useRef(null);
  const wanted = useRef(null);
  useLayoutEffect(() => {
    if (!wanted.current) return;
    const { id, part } = wanted.current;
    const parts = container.current.querySelectorAll(`[data-node="${id}"] [data-part="${part}"]`);
    const target = [...parts].find((each) => each.closest("[data-node]").dataset.node === id);
    if (target) {
      wanted.current = null;
      target.focus();
    }
  });
  const focusLater = useCallback((id, part) => {
    wanted.current = { id, part };
  }, []);
  return [container, focusLater];
}

function parsed(text, catalogue) {
  try {
    return read(text.trim() ? JSON.parse(text) : {}, catalogue);
  } catch {
    return null;
  }
}

/** Enter in one of the builder's inputs would submit the form around it. */
function keepForm(event) {
  if (event.key === "Enter" && event.target.tagName === "INPUT") event.preventDefault();
}
