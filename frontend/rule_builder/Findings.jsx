// What the server found at one node: faults, and hints that the rule may not mean what it says.
import { about, useSurroundings } from "./places.js";
import { useWords } from "./words.js";

export const idOfFindings = (place) => `px-rb-findings-${place.replace(/\W+/g, "-")}`;

export function Findings({ place, isBlank = false }) {
  const say = useWords();
  const { faults, hints } = useSurroundings();
  const faultsHere = isBlank ? [{ message: say("blank") }] : about(place, faults);
  const hintsHere = about(place, hints);
  return (
    <div id={idOfFindings(place)} className="px-rb-findings">
      {faultsHere.map(({ path, message }) => (
        <p key={`${path}${message}`} className={isBlank ? "px-rb-quiet" : "px-rb-fault"}>
          {!isBlank && <strong>{say("fault")}</strong>} {message}
        </p>
      ))}
      {hintsHere.map(({ kind, message }) => (
        <p key={`${kind}${message}`} className="px-rb-hint">
          <strong>{say("hint")}</strong> {message}
        </p>
      ))}
    </div>
  );
}
