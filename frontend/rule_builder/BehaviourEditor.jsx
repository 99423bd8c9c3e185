// What a condition counts: events, an aggregate, a property, a window, and which of the events.
import { Choice } from "./Choice.jsx";
import { Tree } from "./Tree.jsx";
import { needsProperty, propertiesOf } from "./catalogue.js";
import { Surroundings, useSurroundings } from "./places.js";
import { emptyGroup, emptyLeaf } from "./tree.js";
import { useWords } from "./words.js";

export function BehaviourEditor({ behaviour, onChange }) {
  const say = useWords();
  const { catalogue } = useSurroundings();
  const change = (part) => onChange({ ...behaviour, ...part });
  const isOfProperty = needsProperty(behaviour.aggregate, catalogue);
  return (
    <>
      <Labelled label={say("aggregate")}>
        <Choice
          label={say("aggregate")}
          options={catalogue.aggregates}
          value={behaviour.aggregate}
          onChange={(aggregate) => change(withAggregate(aggregate, behaviour, catalogue))}
        />
      </Labelled>
      {(isOfProperty || behaviour.property) && (
        <Labelled label={say("property")}>
          <Choice
            label={say("property")}
            options={propertiesOf(behaviour.event, catalogue)}
            value={behaviour.property ?? ""}
            onChange={(property) => change({ property })}
            mayType
          />
        </Labelled>
      )}
      <Labelled label={say("event")}>
        <Choice
          label={say("event")}
          options={catalogue.events}
          value={behaviour.event}
          onChange={(event) => change({ event })}
          mayType
        />
      </Labelled>
      <Labelled label={say("window")}>
        <Choice
          label={say("window")}
          options={catalogue.windows}
          value={behaviour.window ?? ""}
          onChange={(window) => change({ window: window || null })}
          mayType
        />
      </Labelled>
    </>
  );
}

function withAggregate(aggregate, { property, event }, catalogue) {
  if (!needsProperty(aggregate, catalogue)) return { aggregate, property: null };
  return { aggregate, property: property ?? propertiesOf(event, catalogue)[0]?.name ?? "" };
}

/** The visible name of a control that has the same one for screen readers. */
function Labelled({ label, children }) {
  return (
    <span className="px-rb-labelled">
      <span aria-hidden="true">{label}</span>
      {children}
    </span>
  );
}

/** Which of the events count: none but those for which a rule about their properties holds. */
export function Where({ id, behaviour, place, onChange }) {
  const say = useWords();
  const change = (where) => onChange({ ...behaviour, where });
  const surroundings = useSurroundings();
  if (!behaviour.where?.rules) {
    const begin = () => {
      const leaf = emptyLeaf();
      surroundings.focusLater(leaf.id, "field");
      change({ ...emptyGroup(), rules: [leaf] });
    };
    return (
      <button type="button" className="px-rb-where-add" data-part="where" onClick={begin}>
        {say("add_where")}
      </button>
    );
  }
  const inside = { ...surroundings, event: behaviour.event, prefix: `${place}.behaviour.where` };
  const keep = (where) => {
    const isEmpty = where.rules.length === 0 && !where.not;
    if (isEmpty) surroundings.focusLater(id, "where");
    change(isEmpty ? null : where);
  };
  return (
    <div className="px-rb-where" role="group" aria-label={say("where")}>
      <span aria-hidden="true">{say("where")}</span>
      <Surroundings.Provider value={inside}>
        <Tree query={behaviour.where} onChange={keep} />
      </Surroundings.Provider>
    </div>
  );
}
