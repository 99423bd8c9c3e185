// A rule as JSON, and the same rule as react-querybuilder holds it: every node with an `id`.
// What the builder has no controls for becomes `{ id, raw }`, and is written back as it was.
import { generateID } from "react-querybuilder";
import { arityOf, isKnownAggregate, isKnownField } from "./catalogue.js";

const SCALARS = new Set(["string", "number", "boolean"]);

const isObject = (value) => typeof value === "object" && value !== null && !Array.isArray(value);
const isNothing = (value) => value === null || value === undefined;
const isScalar = (value) => SCALARS.has(typeof value);
const isText = (value) => typeof value === "string";

/** Return the builder's root group for a rule's JSON; `{}` and `null` match everybody. */
export function read(json, catalogue) {
  if (isNothing(json) || isEmptyObject(json)) return emptyGroup();
  const node = readNode(json, catalogue, { inWhere: false });
  return node.rules ? node : { ...emptyGroup(), rules: [node] };
}

/** Return the JSON of the builder's root group: `{}` when it says nothing. */
export function write(root) {
  const isSilent = root.rules.length === 0 && root.combinator === "and" && !("not" in root);
  return isSilent ? {} : writeNode(root);
}

export const emptyGroup = () => ({ id: generateID(), combinator: "and", rules: [] });

export const emptyLeaf = () => ({ id: generateID(), field: "", operator: "", value: null });

/** Return the same node with ids of its own, for a copy beside it. */
export function renewed(node) {
  const copy = { ...node, id: generateID() };
  if (node.rules) copy.rules = node.rules.map(renewed);
  if (node.behaviour?.where) {
    copy.behaviour = { ...node.behaviour, where: renewed(node.behaviour.where) };
  }
  return copy;
}

/** Return the node that a stored node, or what an editor typed for one, stands for. */
export function readNode(json, catalogue, scope) {
  const id = generateID();
  if (isGroup(json)) {
    const rules = json.rules.map((child) => readNode(child, catalogue, scope));
    return { ...json, id, rules };
  }
  if (!isLeaf(json, catalogue, scope)) return { id, raw: json };
  if (json.field !== "behaviour" || scope.inWhere) return { ...json, id };
  return { ...json, id, behaviour: readBehaviour(json.behaviour, catalogue) };
}

/** Return the JSON of one node. */
export function writeNode(node) {
  if ("raw" in node) return node.raw;
  const { id, ...rest } = node;
  if (rest.rules) return { ...rest, rules: rest.rules.map(writeNode) };
  return rest.behaviour ? { ...rest, behaviour: writeBehaviour(rest.behaviour) } : rest;
}

function readBehaviour(json, catalogue) {
  if (!isGroup(json.where)) return json;
  return { ...json, where: readNode(json.where, catalogue, { inWhere: true }) };
}

function writeBehaviour(behaviour) {
  return behaviour.where?.rules ? { ...behaviour, where: writeNode(behaviour.where) } : behaviour;
}

function isEmptyObject(value) {
  return isObject(value) && Object.keys(value).length === 0;
}

function isGroup(json) {
  return (
    isObject(json) &&
    Array.isArray(json.rules) &&
    (json.combinator === "and" || json.combinator === "or") &&
    (json.not === undefined || typeof json.not === "boolean")
  );
}

function isLeaf(json, catalogue, scope) {
  if (!isObject(json) || json.rules || (json.valueSource && json.valueSource !== "value")) {
    return false;
  }
  if (json.field === "") return json.operator === "" && isNothing(json.value);
  const isField = scope.inWhere ? isText(json.field) : isKnownField(json.field, catalogue);
  if (!isField || !hasFittingValue(json, catalogue)) return false;
  if (scope.inWhere || json.field !== "behaviour") return json.behaviour === undefined;
  return isBehaviour(json.behaviour, catalogue);
}

function hasFittingValue({ operator, value }, catalogue) {
  const arity = arityOf(operator, catalogue);
  if (arity === undefined) return false;
  if (arity === 0) return true;
  if (arity === 1) return isNothing(value) || isScalar(value);
  if (!Array.isArray(value)) return false;
  if (arity === 2) return value.length === 2 && value.every((v) => isNothing(v) || isScalar(v));
  return value.every(isScalar);
}

function isBehaviour(json, catalogue) {
  return (
    isObject(json) &&
    isText(json.event) &&
    isKnownAggregate(json.aggregate, catalogue) &&
    (isNothing(json.window) || isText(json.window)) &&
    (isNothing(json.property) || isText(json.property)) &&
    (isNothing(json.where) || isEmptyObject(json.where) || isGroup(json.where))
  );
}

/** Return the root with the node at a path replaced by the given nodes. */
export function spliced(root, path, ...nodes) {
  const [index, ...deeper] = path;
  if (index === undefined) return nodes[0];
  const rules = [...root.rules];
  if (deeper.length) rules[index] = spliced(rules[index], deeper, ...nodes);
  else rules.splice(index, 1, ...nodes);
  return { ...root, rules };
}
