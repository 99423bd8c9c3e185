// Below the rule: the sentence, how many it reaches, and ten of them.
import { number, percent, useWords } from "./words.js";

export function Verdict({ reading }) {
  const say = useWords();
  const { sentence, faults, counted, isCounting, isClosed, isLate } = reading;
  return (
    <div className="px-rb-verdict" aria-busy={Boolean(isLate || isCounting)}>
      <p className="px-rb-sentence" role="status">
        {faults.length > 0 ? say("has_faults", { count: number(faults.length) }) : sentence}
      </p>
      <p className="px-rb-count" role="status">
        {counted && faults.length === 0 && <Count counted={counted} />}
        {isCounting && <span className="px-rb-quiet"> {say("counting")}</span>}
        {isClosed && <span className="px-rb-quiet">{say("closed")}</span>}
      </p>
      {counted?.notes?.map((note) => (
        <p key={note} className="px-rb-quiet">
          {note}
        </p>
      ))}
      {counted?.examples?.length > 0 && <Examples examples={counted.examples} />}
    </div>
  );
}

function Count({ counted }) {
  const say = useWords();
  const { matched, known, share, margin, is_exact: isExact } = counted;
  const told = { matched: number(matched), known: number(known), share: percent(share) };
  return isExact ? say("count", told) : say("count_sampled", { ...told, margin: percent(margin) });
}

function Examples({ examples }) {
  const say = useWords();
  return (
    <details>
      <summary>{say("examples")}</summary>
      <ul>
        {examples.map(({ label, url }) => (
          <li key={url}>
            <a href={url}>{label}</a>
          </li>
        ))}
      </ul>
    </details>
  );
}
