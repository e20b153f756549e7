// Runs interviews on @getodk/xforms-engine and tells the whole state after every step.
//
// In, on standard input: {"now": milliseconds, "forms": [{"name", "xform", "files": {name: text},
//   "language"?, "runs": [[step, …], …]}]}
//   step: {"set": reference, "value": text | [text, …] | null} | {"add": reference}
//       | {"remove": reference, "index": 0…}
// Out, on standard output: [{"name", "error"?, "runs": [[state, …], …]}]; the first state of a run is
//   the one before any step. state: {reference: node}; node: {"kind", "relevant", "required",
//   "fault": "constraint" | "required" | null, "value": text | null, "choices"?: [[value, label], …],
//   "label"?, "rows"?}; or {"error": text} in place of a state, where the engine threw.
import { readFileSync } from "node:fs";
import { JSDOM } from "jsdom";

const { now, forms } = JSON.parse(readFileSync(0, "utf8"));
stopTheClock(now);
bringADocument();
const { loadForm } = await import("@getodk/xforms-engine");

const answers = [];
for (const form of forms) answers.push(await interview(form));
process.stdout.write(JSON.stringify(answers));

/** `new Date()` and `Date.now()` always tell the same. */
function stopTheClock(millis) {
  const Real = Date;
  globalThis.Date = class extends Real {
    constructor(...given) {
      super(...(given.length === 0 ? [millis] : given));
    }
    static now() {
      return millis;
    }
  };
}

/** The engine reads XML by what a browser has; its WebAssembly part asks Node.js for a folder it never uses. */
function bringADocument() {
  const { window } = new JSDOM("", { url: "https://forms.invalid/" });
  for (const name of Object.getOwnPropertyNames(window)) {
    if (!(name in globalThis)) globalThis[name] = window[name];
  }
  globalThis.__dirname = ".";
}

async function interview({ name, xform, files, language, runs }) {
  const fetchFormAttachment = async (url) => {
    const text = files[String(url).split("/").pop()];
    return new Response(text ?? "", { status: text === undefined ? 404 : 200, headers: { "content-type": "text/csv" } });
  };
  const loaded = await loadForm(xform, { fetchFormAttachment });
  if (loaded.status === "failure") return { name, error: String(loaded.error?.message ?? loaded.error), runs: [] };
  const states = [];
  for (const steps of runs) {
    try {
      states.push(run(loaded.createInstance({}).root, steps, language));
    } catch (fault) {
      states.push([{ error: String(fault?.message ?? fault) }]);
    }
  }
  return { name, runs: states };
}

function run(root, steps, language) {
  if (language) root.setLanguage(root.languages.find((known) => known.language === language));
  const states = [stateOf(root)];
  for (const step of steps) {
    try {
      take(root, step);
      states.push(stateOf(root));
    } catch (fault) {
      states.push({ error: String(fault?.message ?? fault) });
    }
  }
  return states;
}

function take(root, step) {
  const reference = step.set ?? step.add ?? step.remove;
  const node = find(root, reference);
  if (node === undefined) throw new Error(`there is no ${reference}`);
  if (step.add !== undefined) node.addInstances();
  else if (step.remove !== undefined) node.removeInstances(step.index);
  else answer(node, step.value);
}

function answer(node, value) {
  switch (node.nodeType) {
    case "select":
      return Array.isArray(value) ? node.selectValues(value) : node.selectValue(value);
    case "rank":
      return node.setValues(value ?? []);
    case "trigger":
      return node.setValue(value === "OK");
    default:
      return node.setValue(value ?? (node.valueType === "string" ? "" : null));
  }
}

function find(node, reference) {
  if (node.currentState.reference === reference) return node;
  for (const child of node.currentState.children ?? []) {
    const found = find(child, reference);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** The answer to a decimal question is shown with a point, whole or not: `7.0`. */
function shown(node, value) {
  return node.valueType === "decimal" && value !== null ? value.replace(/\.0$/, "") : value;
}

function stateOf(root) {
  const state = {};
  const visit = (node) => {
    const now = node.currentState;
    const told = { kind: node.nodeType, relevant: now.relevant };
    if (now.children === null) {
      told.required = now.required;
      told.fault = node.validationState.violation?.condition ?? null;
      told.value = shown(node, now.instanceValue ?? null);
      if (Array.isArray(now.valueOptions)) {
        told.choices = now.valueOptions.map((choice) => [choice.value, choice.label?.asString ?? null]);
      }
    } else if (node.nodeType.startsWith("repeat-range")) {
      told.rows = now.children.length;
    }
    if (now.label !== null) told.label = now.label.asString;
    state[now.reference] = told;
    for (const child of now.children ?? []) visit(child);
  };
  visit(root);
  return state;
}
