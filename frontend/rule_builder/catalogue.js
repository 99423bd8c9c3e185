// What a rule may be made of, as the server tells it: look-ups, and the value a new condition has.

// Of segments, `=` and `!=` say the same as `contains` and its negation: one of them is enough.
const OF_SEGMENTS = ["contains", "doesNotContain", "in", "notIn", "null", "notNull"];
const FREE_FAMILIES = { "trait.": "any", "prediction.": "number" };
const ANY = "any";

const named = (list, name) => list.find((each) => each.name === name);

function familyOf(field) {
  return Object.keys(FREE_FAMILIES).find((p) => field.startsWith(p) && field.length > p.length);
}

/** Return whether rules may name the field, also one that nobody has observed yet. */
export function isKnownField(field, catalogue) {
  if (typeof field !== "string") return false;
  return Boolean(named(catalogue.fields, field) ?? familyOf(field));
}

export function isKnownAggregate(aggregate, catalogue) {
  return Boolean(named(catalogue.aggregates, aggregate));
}

/** Return how many values an operator takes: 0, 1, 2, -1 for any number; undefined if unknown. */
export function arityOf(operator, catalogue) {
  return named(catalogue.operators, operator)?.arity;
}

/** Return what a condition is about: its type, the operators that suit it, observed values. */
export function subjectOf(leaf, catalogue, scope) {
  if (scope.event !== undefined) {
    const property = named(propertiesOf(scope.event, catalogue), leaf.field);
    return subject(property?.type ?? ANY, property?.values, catalogue);
  }
  if (leaf.field === "behaviour") return subjectOfBehaviour(leaf.behaviour, catalogue);
  const field = named(catalogue.fields, leaf.field);
  if (field?.type === "segments") return subject(field.type, [], catalogue, OF_SEGMENTS);
  if (field) return subject(field.type, field.values, catalogue, field.operators);
  return subject(FREE_FAMILIES[familyOf(leaf.field)] ?? ANY, [], catalogue);
}

function subjectOfBehaviour(behaviour, catalogue) {
  const aggregate = named(catalogue.aggregates, behaviour.aggregate);
  const isOfProperty = aggregate.type === ANY;
  const property = named(propertiesOf(behaviour.event, catalogue), behaviour.property);
  const type = isOfProperty ? (property?.type ?? ANY) : aggregate.type;
  return subject(type, isOfProperty ? property?.values : [], catalogue);
}

function subject(type, values, catalogue, operators) {
  const known = catalogue.operators_by_type?.[type] ? type : ANY;
  const suiting = operators?.length ? operators : catalogue.operators_by_type?.[known];
  return {
    type: known,
    values: values ?? [],
    operators: suiting ?? catalogue.operators.map((operator) => operator.name),
  };
}

export function propertiesOf(event, catalogue) {
  return named(catalogue.events, event)?.properties ?? [];
}

export function needsProperty(aggregate, catalogue) {
  return named(catalogue.aggregates, aggregate)?.needs_property ?? false;
}

/** Return a condition on another field, with the first operator that suits it. */
export function onField(leaf, field, catalogue, scope) {
  const { behaviour, ...rest } = leaf;
  const next = { ...rest, field };
  if (field === "behaviour" && scope.event === undefined) next.behaviour = firstBehaviour(catalogue);
  return refitted(next, catalogue, scope, preferred(next));
}

function preferred(leaf) {
  return leaf.field === "segments" ? "contains" : leaf.behaviour ? ">" : "=";
}

function firstBehaviour(catalogue) {
  const event = catalogue.events[0]?.name ?? "";
  return { event, aggregate: "count", window: null, property: null, where: null };
}

/** Return the condition with an operator and a value that suit what it is about now. */
export function refitted(leaf, catalogue, scope, operator = leaf.operator) {
  const { type, operators } = subjectOf(leaf, catalogue, scope);
  const fitting = operators.includes(operator) ? operator : operators[0];
  const value = fitted(leaf.value, arityOf(fitting, catalogue), type);
  return { ...leaf, operator: fitting, value };
}

/** Return the value in the shape that an operator takes, keeping what can be kept. */
export function fitted(value, arity, type) {
  const given = (Array.isArray(value) ? value : [value]).filter((each) => suits(each, type));
  if (arity === 0) return null;
  if (arity === 1) return given[0] ?? blank(type);
  if (arity === 2) return [given[0] ?? blank(type), given[1] ?? given[0] ?? blank(type)];
  return given.filter((each) => each !== "");
}

function suits(value, type) {
  if (value === null || value === undefined) return false;
  return type === ANY || type === "list" || typeof value === kindOf(type);
}

const kindOf = (type) => ({ number: "number", boolean: "boolean" })[type] ?? "string";

const blank = (type) => ({ number: null, boolean: true })[type] ?? "";
