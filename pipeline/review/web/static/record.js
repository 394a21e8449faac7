// One record under review: what the keys do, what goes to the server and what comes back.
import { ask, el, known, loadWords, t, toast } from "./dom.js";
import { Paper } from "./paper.js";
import { Values } from "./values.js";

const CHECK_MS = 150; // after the last key before the rules are asked
const main = document.getElementById("main");
const drafts = new Map();
let view = null, active = null, ahead = null, checking = 0, pending = Promise.resolve();

const desk = { activate, confirm, pick, act, typing, fill };
const paper = new Paper(main.querySelector(".paper"), (path) => activate(path, true));
const values = new Values(main.querySelector(".values"), { ...desk, paper });
paper.onLoad = () => active !== null && values.fillDetail(active);

const api = (id, rest = "") => `/api/records/${encodeURIComponent(id)}${rest}`;

async function open(recordId, push) {
  const ready = ahead && ahead.id === recordId ? ahead : { view: ask(api(recordId)), pictures: new Map() };
  const answer = await ready.view;
  ahead = null;
  if (!answer.ok) return toast(answer.body.detail, true);
  drafts.clear();
  view = answer.body;
  active = null;
  if (push) history.pushState({}, "", `/records/${encodeURIComponent(recordId)}`);
  paper.show(view, ready.pictures);
  render();
  activate(view.spots[0] ?? null, false);
  main.dataset.ready = recordId;
  requestAnimationFrame(() => setTimeout(fetchAhead)); // once this one is painted
}

function render() {
  values.show(view, drafts);
  markPaper();
  tools();
}

// The record is another now: it keeps its place on the screen.
function changed(now) {
  view = now;
  const kept = values.update(view, drafts), again = active;
  markPaper();
  tools();
  active = null;
  if (!kept) activate(again !== null && values.homes.has(again) ? again : null, false);
  else if (again !== null) stay(again);
}

// The same spot as before: its crop, candidates and doubts may be others, and its box may be a new one.
function stay(path) {
  active = path;
  values.fillDetail(path);
  paper.activate(path, values.rowPlace(path));
}

function markPaper() {
  const spots = new Set(values.now.spots);
  const kind = (path) => (spots.has(path) ? "doubt" : view.values[path].settled ? "settled" : "");
  paper.mark(view.values, kind, (path) => values.label(path));
}

// The next record and its first page, so that both are there when they are wanted.
async function fetchAhead() {
  const answer = await ask(`/api/queue/next?after=${encodeURIComponent(view.record_id)}`);
  const id = answer.ok ? answer.body.record_id : null;
  if (!id || id === view.record_id) return;
  const coming = ahead = { id, view: ask(api(id)), pictures: new Map() };
  const next = await coming.view;
  if (next.ok) coming.pictures.set(next.body.pages[0].page, paper.picture(id, next.body.pages[0]));
}

function activate(path, focus) {
  if (path !== active || focus) {
    active = path;
    values.activate(path);
    paper.activate(path, path === null ? null : values.rowPlace(path));
  }
  if (focus) values.inputs.get(path)?.focus({ preventScroll: true });
}

function edit() {
  const input = values.inputs.get(active);
  if (!input) return;
  input.focus({ preventScroll: true });
  input.select();
}

function step(by) {
  const spots = values.now.spots;
  if (!spots.length) return activate(null, false);
  const at = spots.indexOf(active);
  document.activeElement?.blur();
  activate(spots[at < 0 ? 0 : (at + by + spots.length) % spots.length], false);
}

// What stands in the input is right: written where it was changed, else accepted as it is. Then the next doubt.
async function confirm() {
  if (active === null) return acceptRecord();
  const path = active, input = values.inputs.get(path);
  const order = values.now.spots.slice();
  const changed = input && drafts.has(path) && input.value !== String(view.values[path].value ?? "");
  const done = changed ? await act({ kind: "set", path, text: input.value }) : await act({ kind: "accept-fields", paths: [path] });
  if (done) toNext(order, path);
}

function toNext(order, path) {
  const left = values.now.spots.filter((spot) => spot !== path);
  const later = order.slice(order.indexOf(path) + 1).find((spot) => left.includes(spot));
  document.activeElement?.blur();
  activate(later ?? left[0] ?? null, false);
}

async function pick(at) {
  const text = view.values[active]?.candidates[at];
  if (text === undefined) return;
  const path = active, order = values.now.spots.slice();
  if (await act({ kind: "set", path, text })) toNext(order, path);
}

function fill(path, text) {
  if (!values.inputs.has(path)) return toast(path, true);
  values.inputs.get(path).value = text;
  activate(path, true);
  typing(path, text, false);
}

// One after the other, in the order of the keys; what was meant for a record that is gone from the screen is dropped.
function act(action) {
  const id = view.record_id;
  const done = pending.then(() => view.record_id === id && send(action));
  pending = done.catch(() => false);
  return done;
}

async function send(action) {
  const answer = await ask(api(view.record_id, "/events"), { seen: view.version, ...action });
  if (!answer.ok) return refused(answer);
  if (action.kind === "set") drafts.delete(action.path);
  if (["add-row", "remove-row", "merge-rows", "undo"].includes(action.kind)) drafts.clear();
  if (!drafts.size) clearTimeout(checking);
  changed(answer.body);
  toast(t({ undo: "undone", "accept-record": "accepted_now" }[action.kind] ?? "saved"));
  return true;
}

// Nothing that was typed is lost: the record is shown as it is now, with the drafts in their inputs.
async function refused(answer) {
  if (answer.body.type === "urn:shenbao:reason-needed") return askWhy();
  const conflict = answer.body.type === "urn:shenbao:conflict";
  const fault = `f_${answer.body.type.replace("urn:shenbao:", "")}`;
  toast((known(fault) ? t(fault) : answer.body.detail) + (drafts.size ? ` ${t("kept_text")}` : ""), true);
  if (conflict) {
    const now = await ask(api(view.record_id));
    if (now.ok) changed(now.body);
  }
  return false;
}

function askWhy() {
  document.querySelector(".reason")?.remove();
  const why = el("textarea", { "aria-label": t("why_label") });
  const box = el("form", { class: "reason", role: "dialog", "aria-label": t("why_label") }, el("p", {}, t("why_needed")), why,
    el("button", { class: "primary" }, t("accept_anyway")), " ", el("button", { type: "button", onclick: () => box.remove() }, t("cancel")));
  box.addEventListener("submit", (event) => {
    event.preventDefault();
    if (!why.value.trim()) return why.focus();
    box.remove();
    acceptRecord(why.value);
  });
  document.body.append(box);
  why.focus();
  return false;
}

async function acceptRecord(why = "") {
  const id = view.record_id;
  await pending;
  if (view.record_id !== id) return;
  if (drafts.size) return toast(`${[...drafts.keys()].map((path) => values.label(path)).join(", ")}: ${t("unsaved")}`, true);
  if (!(await act({ kind: "accept-record", why }))) return;
  const control = view.control;
  await next(id);
  toast(t("accepted_now") + (control ? ` · ${t("control_told")}` : ""));
}

async function next(after) {
  if (ahead) return open(ahead.id, true);
  const answer = await ask(`/api/queue/next?after=${encodeURIComponent(after)}`);
  if (!answer.ok) return toast(answer.body.detail, true);
  if (!answer.body.record_id) { toast(t("queue_done")); return setTimeout(() => location.assign("/queue"), 900); }
  await open(answer.body.record_id, true);
}

function typing(path, text, composing) {
  if (text === String(view.values[path].value ?? "")) drafts.delete(path);
  else drafts.set(path, text);
  clearTimeout(checking);
  if (!composing) checking = setTimeout(check, CHECK_MS);
}

async function check() {
  const shown = view;
  const answer = await ask(api(view.record_id, "/check"), { drafts: Object.fromEntries(drafts) });
  if (!answer.ok || view !== shown) return;
  values.refresh(answer.body, answer.body.faults);
  if (active !== null) values.fillDetail(active);
}

function help() {
  const shown = document.querySelector(".keys");
  if (shown) return shown.remove();
  const keys = [["Enter", "k_confirm"], ["1–9", "k_pick"], ["E", "k_edit"], ["N / P", "k_next"], ["V", "k_valid"], ["Ctrl+Enter", "k_accept"], ["U", "k_undo"], ["Z", "k_zoom"], ["S", "k_skip"], ["?", "k_help"]];
  document.body.append(el("aside", { class: "keys", "aria-label": t("help") },
    el("dl", {}, ...keys.flatMap(([key, word]) => [el("dt", {}, el("kbd", {}, key)), el("dd", {}, t(word))]))));
}

const pageOfActive = () => view.values[active]?.evidence?.page ?? view.pages[0].page;
const COMMANDS = {
  e: edit, n: () => step(1), p: () => step(-1), v: () => act({ kind: "accept-fields", page: pageOfActive() }).then((done) => done && step(0)),
  u: () => act({ kind: "undo" }), z: zoom, s: () => next(view.record_id), "?": help,
};

function zoom() {
  paper.zoom();
  if (active !== null) paper.activate(active);
}

function tools() {
  const button = (word, key, run, kind = "") => el("button", { type: "button", class: kind, onclick: run }, t(word), " ", el("kbd", {}, key));
  const done = view.accepted_by !== null;
  document.getElementById("tools").replaceChildren(
    button("next_doubt", "N", COMMANDS.n), button("edit", "E", edit), button("accept_valid", "V", COMMANDS.v), button("undo", "U", COMMANDS.u), button("zoom", "Z", zoom),
    button("skip", "S", COMMANDS.s), button("help", "?", help), el("span", { class: "gap" }),
    done ? button("reopen", "", () => act({ kind: "reopen" })) : button("accept_record", "Ctrl+Enter", () => acceptRecord(), "primary"));
}

function move(input, down) {
  const row = /^(.+)\[(\d+)\]\.(.+)$/.exec(input.dataset.path);
  const other = row && values.inputs.get(`${row[1]}[${Number(row[2]) + down}].${row[3]}`);
  if (other) other.focus();
  return Boolean(other);
}

// While an input method composes, every key is its own: Enter takes its words, digits choose among them.
function onKey(event) {
  if (event.isComposing || event.keyCode === 229 || !view) return;
  const inBox = event.target.closest("input, textarea, select");
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) { event.preventDefault(); return acceptRecord(); }
  if (inBox && main.contains(inBox)) return inInput(event, inBox);
  if (inBox || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === "Escape") { document.querySelector(".keys")?.remove(); return; }
  if (event.key === "Enter" && event.target.closest("button, a, summary")) return;
  const run = event.key === "Enter" ? confirm : /^[1-9]$/.test(event.key) ? () => pick(Number(event.key) - 1) : COMMANDS[event.key.toLowerCase()];
  if (run) { event.preventDefault(); run(); }
}

function inInput(event, input) {
  if (event.altKey && /^[1-9]$/.test(event.key)) { event.preventDefault(); return pick(Number(event.key) - 1); }
  if (event.key === "Enter" && !event.shiftKey) { event.preventDefault(); return confirm(); }
  if (event.key === "Escape") {
    const path = input.dataset.path;
    input.value = String(view.values[path].value ?? "");
    typing(path, input.value, false);
    return input.blur();
  }
  if (input.tagName === "INPUT" && ["ArrowDown", "ArrowUp"].includes(event.key) && move(input, event.key === "ArrowDown" ? 1 : -1)) event.preventDefault();
}

document.addEventListener("keydown", onKey);
window.addEventListener("popstate", () => open(decodeURIComponent(location.pathname.split("/").pop()), false));
window.addEventListener("beforeunload", (event) => drafts.size && event.preventDefault());
await loadWords();
await open(main.dataset.record, false);
