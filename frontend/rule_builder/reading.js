// What the server says of the rule while it is being written: sentence, findings, and the count.
import { useEffect, useState } from "react";

const PAUSE_MS = 250;
const NOTHING = { faults: [], hints: [] };

/**
 * Return the newest reading of a rule given as JSON text: the parts that have arrived, `isLate`
 * while they are of an earlier rule, `isClosed` when the server does not answer.
 *
 * A further edit aborts the calls for the earlier one; `asked` tells the server as well, and keeps
 * an answer that comes late from being taken for the newest.
 */
export function useReading(text, segment, calls) {
  const [reading, setReading] = useState(NOTHING);
  useEffect(() => {
    const abortion = new AbortController();
    const asked = Date.now();
    setReading((before) => ({ ...before, isLate: true }));
    const keep = (part) => {
      if (!abortion.signal.aborted) setReading(part);
    };
    const ask = () => inform({ rule: JSON.parse(text), segment, asked, calls, keep, abortion });
    const timer = setTimeout(ask, PAUSE_MS);
    return () => {
      clearTimeout(timer);
      abortion.abort();
    };
  }, [text, segment, calls]);
  return reading;
}

async function inform({ rule, segment, asked, calls, keep, abortion }) {
  const { signal } = abortion;
  const count = async (exact) => {
    const counted = await calls.count({ rule, exact, asked }, signal);
    if (counted.asked === asked) keep((reading) => ({ ...reading, counted }));
    return counted;
  };
  try {
    const { sentence, faults, hints } = await calls.read({ rule, segment }, signal);
    const isCounting = faults.length === 0;
    keep({ sentence, faults, hints, isCounting });
    if (isCounting && !(await count(false)).is_exact) await count(true);
    keep((reading) => ({ ...reading, isCounting: false }));
  } catch (error) {
    if (error.name !== "AbortError") {
      keep((reading) => ({ ...reading, isLate: false, isCounting: false, isClosed: true }));
    }
  }
}
