// A group: how its conditions combine, the conditions, and what adds more.
import { RuleGroupBodyComponents, useRuleGroup } from "react-querybuilder";
import { Choice } from "./Choice.jsx";
import { Findings, idOfFindings } from "./Findings.jsx";
import { Tools } from "./Tools.jsx";
import { placeOf, useSurroundings } from "./places.js";
import { emptyGroup, emptyLeaf } from "./tree.js";
import { useWords } from "./words.js";

// How a group reads: the combinator, and whether the whole is negated.
const WAYS = {
  all: { combinator: "and", not: false },
  any: { combinator: "or", not: false },
  none: { combinator: "or", not: true },
  not_all: { combinator: "and", not: true },
};

const wayOf = ({ combinator, not }) =>
  Object.keys(WAYS).find((w) => WAYS[w].combinator === combinator && WAYS[w].not === Boolean(not));

export function Group(props) {
  const say = useWords();
  const group = useRuleGroup(props);
  const { prefix } = useSurroundings();
  const { path, ruleGroup, actions } = props;
  const place = placeOf(path, prefix);
  const way = wayOf(ruleGroup);
  const combine = (name) => {
    for (const [part, value] of Object.entries(WAYS[name])) {
      if (value !== (ruleGroup[part] ?? false)) actions.onPropChange(part, value, path);
    }
  };
  return (
    <div
      className="px-rb-group"
      role="group"
      aria-label={say(`way_${way}`)}
      aria-describedby={idOfFindings(place)}
      data-node={ruleGroup.id}
    >
      <div className="px-rb-head">
        <Choice
          label={say("way")}
          part="field"
          options={Object.keys(WAYS).map((name) => ({ name, label: say(`way_${name}`) }))}
          value={way}
          onChange={combine}
        />
        {path.length > 0 && <Tools {...props} node={ruleGroup} name={say("group")} />}
      </div>
      <Findings place={place} />
      <div className="px-rb-body">
        {ruleGroup.rules.length === 0 && <p className="px-rb-quiet">{say("empty_group")}</p>}
        <RuleGroupBodyComponents {...group} />
      </div>
      <Additions {...{ path, actions }} />
    </div>
  );
}

function Additions({ path, actions }) {
  const say = useWords();
  const { focusLater } = useSurroundings();
  const addLeaf = () => {
    const leaf = emptyLeaf();
    focusLater(leaf.id, "field");
    actions.onRuleAdd(leaf, path);
  };
  const addGroup = () => {
    const leaf = emptyLeaf();
    focusLater(leaf.id, "field");
    actions.onGroupAdd({ ...emptyGroup(), rules: [leaf] }, path);
  };
  return (
    <div className="px-rb-additions">
      <button type="button" data-part="add" onClick={addLeaf}>
        {say("add_condition")}
      </button>
      <button type="button" onClick={addGroup}>
        {say("add_group")}
      </button>
    </div>
  );
}
