"use strict";
// The plan's edits are `edits`; what stands between them is `gaps`. A decision changes one edit, its marks and nothing
// else, so it costs the same in an article of any length.

const data = JSON.parse(document.getElementById("data").textContent);
const { plan, gaps, references } = data;
const edits = plan.edits;
const article = document.getElementById("article");
const panel = document.getElementById("panel");
const suggested = edits.map((edit) => edit.held_back === true);
const decided = new Set();
const history = [];
let current = -1;
let saved = 0; // decisions that the last saved plan holds

const byId = (id) => document.getElementById(id);

// --- text -----------------------------------------------------------------------------------------------------

// A string that JSON could not hold in one piece comes in several.
const whole = (text) => (typeof text === "string" ? text : text.$pieces.join(""));

// What could steer the page's direction or hides itself is shown as an escape.
const UNSAFE = /[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;
function visible(text) {
  return whole(text)
    .replace(/\r\n?/g, "\n")
    .replace(UNSAFE, (mark) => {
      const code = mark.charCodeAt(0);
      return code < 256 ? "\\x" + code.toString(16).padStart(2, "0") : "\\u" + code.toString(16).padStart(4, "0");
    });
}

function repairedText() {
  const pieces = [whole(gaps[0])];
  edits.forEach((edit, at) => {
    pieces.push(whole(edit.held_back ? edit.before : edit.after), whole(gaps[at + 1]));
  });
  return pieces.join("");
}

// --- marks in the article -------------------------------------------------------------------------------------

const marks = edits.map(() => []);
for (const mark of article.querySelectorAll(".e")) marks[mark.dataset.n - 1].push(mark);

const stateOf = (at) => (edits[at].held_back ? (decided.has(at) || !suggested[at] ? "rejected" : "held") : "made");

function describe(at) {
  const edit = edits[at];
  const before = visible(edit.before) || "nothing";
  const after = visible(edit.after) || "nothing";
  if (stateOf(at) === "made") return `${after}, was ${before}`;
  return `${before}, ${stateOf(at) === "held" ? "suggested" : "rejected"}: ${after}`;
}

function paint(at) {
  const state = stateOf(at);
  for (const mark of marks[at]) {
    mark.classList.toggle("held", state === "held");
    mark.classList.toggle("rejected", state === "rejected");
    mark.classList.toggle("decided", decided.has(at));
    mark.classList.toggle("current", at === current);
    mark.lastElementChild.textContent = visible(edits[at].after);
  }
}

// --- filter ---------------------------------------------------------------------------------------------------

const hidden = new Set();
const checked = (name) => new Set([...document.querySelectorAll(`[name=${name}]:checked`)].map((box) => box.value));

function filter() {
  const kinds = checked("kind");
  const families = checked("family");
  const states = checked("state");
  const least = byId("least").value / 100;
  const most = byId("most").value / 100;
  byId("least-shown").value = least;
  byId("most-shown").value = most;
  hidden.clear();
  edits.forEach((edit, at) => {
    const family = visible(edit.evidence?.family ?? "");
    const fits = kinds.has(edit.kind) && families.has(family) && states.has(stateOf(at));
    const share = Math.round(edit.confidence * 100) / 100;
    const off = !(fits && least <= share && share <= most);
    if (off) hidden.add(at);
    for (const mark of marks[at]) mark.classList.toggle("off", off);
  });
  count();
}

function count() {
  const shown = edits.length - hidden.size;
  const made = edits.filter((edit) => !edit.held_back).length;
  byId("shown").textContent = `${shown} of ${edits.length}`;
  byId("tally").textContent = decided.size ? `, ${decided.size} decided, ${made} made` : "";
}

const shownEdits = () => edits.map((_, at) => at).filter((at) => !hidden.has(at));

// --- moving ---------------------------------------------------------------------------------------------------

function select(at, focus = true) {
  const before = current;
  if (before >= 0) for (const mark of marks[before]) mark.tabIndex = -1;
  current = at;
  if (before >= 0) paint(before);
  if (at < 0) return open(false);
  paint(at);
  const mark = marks[at][0];
  mark.tabIndex = 0;
  mark.setAttribute("aria-label", describe(at));
  show(at);
  if (focus) {
    mark.focus({ preventScroll: true });
    mark.scrollIntoView({ block: "center" });
  }
}

function step(by) {
  if (hidden.size === edits.length) return;
  let at = current < 0 && by < 0 ? 0 : current;
  do at = (at + by + edits.length) % edits.length;
  while (hidden.has(at));
  select(at);
}

function open(shown) {
  panel.classList.toggle("open", shown);
  document.documentElement.classList.toggle("looking", shown);
}

// --- decisions ------------------------------------------------------------------------------------------------

// The wording that is chosen brings its evidence along, and the one it takes the place of becomes an alternative.
function reworded(edit, after) {
  const others = edit.evidence?.alternatives ?? [];
  const chosen = others.find((other) => whole(other.after) === after);
  if (!chosen) return edit;
  const old = { after: edit.after, probability: edit.confidence };
  if (edit.evidence.entry != null) old.entry = edit.evidence.entry;
  const evidence = { note: "chosen by hand", alternatives: others.map((other) => (other === chosen ? old : other)) };
  if (chosen.entry != null) evidence.entry = chosen.entry;
  return { ...edit, after: chosen.after, confidence: chosen.probability, evidence };
}

function decide(places, change) {
  const before = places.map((at) => [at, edits[at], decided.has(at)]);
  for (const at of places) {
    edits[at] = change(edits[at]);
    decided.add(at);
    paint(at);
  }
  history.push(before);
  settled();
}

function settled() {
  byId("undo").disabled = history.length === 0;
  count();
  if (current >= 0) show(current);
}

function accept(edit) {
  const { held_back, ...rest } = edit;
  return rest;
}
const reject = (edit) => ({ ...edit, held_back: true });

function undo() {
  const last = history.pop();
  if (!last) return;
  for (const [at, edit, was] of last) {
    edits[at] = edit;
    if (!was) decided.delete(at);
    paint(at);
  }
  settled();
  if (last.length === 1) select(last[0][0]);
}

function decideCurrent(change, onward) {
  if (current < 0) return step(1);
  decide([current], change);
  if (onward) step(1);
}

function useReading(number) {
  const other = current >= 0 && edits[current].evidence?.alternatives?.[number];
  if (other) decideCurrent((edit) => accept(reworded(edit, whole(other.after))), false);
}

// --- evidence -------------------------------------------------------------------------------------------------

function element(tag, options = {}, ...children) {
  const { className, pressed, click, ...rest } = options;
  const made = Object.assign(document.createElement(tag), rest);
  if (className) made.className = className;
  if (pressed !== undefined) made.setAttribute("aria-pressed", pressed);
  if (click) made.addEventListener("click", click);
  made.append(...children.filter((child) => child !== null));
  return made;
}

const percent = (share) => (share >= 0.1 || share === 0 ? Math.round(share * 100) : (share * 100).toFixed(1)) + " %";

function show(at) {
  const edit = edits[at];
  const evidence = edit.evidence ?? {};
  const state = stateOf(at);
  panel.replaceChildren(
    element("button", { className: "shut", type: "button", ariaLabel: "Close", click: () => open(false) }, "✕"),
    facts(at, edit, evidence, state),
    element("h2", {},
      element("del", {}, visible(edit.before) || "(nothing)"), " → ", element("ins", {}, visible(edit.after) || "(nothing)")),
    element("div", { className: "decide" },
      element("button", { type: "button", pressed: state === "made", title: "a", click: () => decideCurrent(accept, false) },
        "Accept"),
      element("button", { type: "button", pressed: state === "rejected", title: "r", click: () => decideCurrent(reject, false) },
        "Reject")),
    ...readings(at, edit, evidence, state),
    ...reasons(evidence),
    ...sentences(edit, evidence),
  );
  open(true);
  panel.scrollTop = 0;
}

function facts(at, edit, evidence, state) {
  const words = { made: decided.has(at) ? "accepted" : "made", held: "held back", rejected: "rejected" };
  return element("p", { className: "facts" },
    element("span", {}, `${at + 1} of ${edits.length}`),
    element("span", {}, element("span", { className: `swatch k-${edit.kind}` }), edit.kind),
    evidence.family ? element("span", {}, `family ${visible(evidence.family)}`) : null,
    element("span", {}, `confidence ${edit.confidence.toFixed(2)}`),
    element("strong", {}, words[state]));
}

function readings(at, edit, evidence, state) {
  const others = evidence.alternatives ?? [];
  const known = others.reduce((sum, other) => sum + other.probability, edit.confidence);
  const row = (text, share, pressed, click, hint) =>
    element("li", {}, element("button", { type: "button", pressed, click, title: hint },
      element("span", {}, text || "(nothing)"), element("span", {}, percent(share)), element("progress", { value: share, max: 1 })));
  return [
    element("h3", {}, "Readings considered"),
    element("ol", { className: "readings" },
      row(visible(edit.after), edit.confidence, state === "made", () => decideCurrent(accept, false), "a"),
      ...others.map((other, number) => row(visible(other.after), other.probability, false, () => useReading(number), `${number + 1}`)),
      row(`${visible(edit.before)} (as it stands, or another)`, Math.max(0, 1 - known), state === "rejected", () => decideCurrent(reject, false), "r")),
  ];
}

function reasons(evidence) {
  const shown = [];
  if (evidence.entry != null) shown.push(element("h3", {}, "Lexicon entry"), element("p", {}, visible(evidence.entry)));
  if (evidence.margin != null) {
    const times = Math.exp(Math.min(Math.abs(evidence.margin), 30));
    const much = times >= 100 ? Number(times.toPrecision(2)).toLocaleString("en") : times.toPrecision(2);
    const prefers = evidence.margin >= 0 ? "the new wording" : "what stood there";
    shown.push(element("h3", {}, "Language model"),
      element("p", {}, `finds ${prefers} ${much} times as likely here (${evidence.margin.toFixed(2)} nats)`));
  }
  if (evidence.note) shown.push(element("h3", {}, "Note"), element("p", {}, visible(evidence.note)));
  return shown;
}

function sentences(edit, evidence) {
  const found = evidence.references ?? [];
  if (!found.length) return [];
  return [element("h3", {}, found.length === 1 ? "Supporting sentence" : "Supporting sentences"), ...found.map((each) =>
    element("blockquote", {}, ...marked(visible(each.sentence), visible(edit.after)),
      element("cite", {}, visible(references[each.reference] ?? `reference ${each.reference + 1}`))))];
}

// The sentence with the words of the edit marked, wherever they stand in it.
function marked(sentence, words) {
  const low = sentence.toLowerCase();
  const sought = words.toLowerCase();
  const pieces = [];
  let done = 0;
  const letter = /[\p{L}\p{N}]/u;
  for (let at = low.indexOf(sought); sought && at >= 0 && low.length === sentence.length; at = low.indexOf(sought, at + 1)) {
    const end = at + sought.length;
    if (at < done || letter.test(sentence[at - 1] ?? "") || letter.test(sentence[end] ?? "")) continue;
    pieces.push(sentence.slice(done, at), element("mark", {}, sentence.slice(at, end)));
    done = end;
  }
  return [...pieces, sentence.slice(done)];
}

// --- views ----------------------------------------------------------------------------------------------------

let doubled = false;

// The text as it was stands beside each paragraph; made only when it is asked for.
function double() {
  doubled = true;
  for (const block of [...article.querySelectorAll(".b")]) {
    const old = block.cloneNode(true);
    old.classList.add("old");
    for (const mark of old.querySelectorAll(".e")) {
      mark.removeAttribute("id");
      mark.tabIndex = -1;
      marks[mark.dataset.n - 1].push(mark);
    }
    const row = element("div", { className: block.querySelector(".e") ? "row" : "row same" });
    block.replaceWith(row);
    row.append(old, block);
  }
}

function view(name) {
  if (name === "sides" && !doubled) double();
  article.className = name;
  document.querySelector(`[name=view][value=${name}]`).checked = true;
  if (current >= 0) marks[current][0].scrollIntoView({ block: "center" });
}

const VIEWS = ["repaired", "changes", "sides"];

// --- saving ---------------------------------------------------------------------------------------------------

// Without this the command would say that the plan's checksum is not that of its edits; pages that are neither opened
// from a disk nor sent encrypted have no digests.
async function digest(text) {
  if (!globalThis.crypto?.subtle) return plan.repaired_sha256;
  const bytes = new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text)));
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

function save(name, type, content) {
  const link = element("a", { href: URL.createObjectURL(new Blob([content], { type })), download: name });
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}

async function decidedPlan() {
  return JSON.stringify({ ...plan, repaired_sha256: await digest(repairedText()), edits }) + "\n";
}

const fileName = (data.name.split(/[\\/]/).pop() || "article").replace(/[\x00-\x1f]/g, "_");

async function savePlan() {
  const written = await decidedPlan();
  saved = history.length;
  save(`${fileName}.plan.json`, "application/json", written);
}

// --- what the reader does -------------------------------------------------------------------------------------

article.addEventListener("click", (event) => {
  const mark = event.target.closest(".e");
  if (mark && !hidden.has(mark.dataset.n - 1)) select(mark.dataset.n - 1, false);
});
document.querySelector(".chart").addEventListener("click", (event) => {
  const link = event.target.closest("a");
  if (!link) return;
  event.preventDefault();
  select(Number(link.getAttribute("href").slice(2)) - 1);
});
for (const radio of document.querySelectorAll("[name=view]")) radio.addEventListener("change", () => view(radio.value));
byId("filter").addEventListener("input", filter);
byId("accept-shown").addEventListener("click", () => decide(shownEdits(), accept));
byId("reject-shown").addEventListener("click", () => decide(shownEdits(), reject));
byId("next").addEventListener("click", () => step(1));
byId("previous").addEventListener("click", () => step(-1));
byId("undo").addEventListener("click", undo);
byId("save-plan").addEventListener("click", savePlan);
byId("save-text").addEventListener("click", () => save(fileName, "text/plain", repairedText()));
byId("keys").addEventListener("click", () => byId("help").showModal());
byId("theme").addEventListener("click", () => {
  const themes = ["", "light", "dark"];
  const next = themes[(themes.indexOf(document.documentElement.dataset.theme ?? "") + 1) % themes.length];
  if (next) document.documentElement.dataset.theme = next;
  else delete document.documentElement.dataset.theme;
  byId("theme").textContent = { "": "Theme", light: "Light", dark: "Dark" }[next];
});

const KEYS = {
  j: () => step(1),
  k: () => step(-1),
  a: () => decideCurrent(accept, true),
  r: () => decideCurrent(reject, true),
  u: undo,
  v: () => view(VIEWS[(VIEWS.indexOf(article.className) + 1) % VIEWS.length]),
  1: () => useReading(0),
  2: () => useReading(1),
  3: () => useReading(2),
  "?": () => byId("help").showModal(),
  Escape: () => (byId("filter").open ? (byId("filter").open = false) : select(-1)),
};
document.addEventListener("keydown", (event) => {
  const typing = event.target.closest("dialog, input[type=range]");
  if (typing || event.ctrlKey || event.metaKey || event.altKey) return;
  if ((event.key === "Enter" || event.key === " ") && event.target.matches(".e")) {
    event.preventDefault();
    return select(event.target.dataset.n - 1);
  }
  const act = KEYS[event.key];
  if (!act) return;
  event.preventDefault();
  act();
});
document.addEventListener("click", (event) => {
  if (!event.target.closest("#filter")) byId("filter").open = false;
});
addEventListener("beforeunload", (event) => {
  if (history.length !== saved) event.preventDefault();
});

if (edits.length) marks[0][0].tabIndex = 0;
count();
