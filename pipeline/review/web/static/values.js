// The values of a record: fields, grids of rows, and under the active one its crop, candidates and doubts.
import { el, known, language, t } from "./dom.js";

const LONG = 26; // characters from which a text gets more than one line

// What decides which inputs there are.
const shape = (view) => JSON.stringify([
  view.record_id, view.fields, view.tables, view.notices, view.aside.length,
  Object.entries(view.values).map(([path, value]) => [path, value.kind, isLong(value.kind, String(value.value ?? ""))]),
]);

const isLong = (kind, text) => kind === "text" && (text.length > LONG || text.includes("\n"));

export class Values {
  constructor(place, desk) {
    this.place = place;
    this.desk = desk; // {activate, confirm, pick, act, typing, paper}
    this.inputs = new Map();
    this.homes = new Map();
    this.sums = new Map();
  }

  show(view, drafts) {
    const top = this.place.scrollTop;
    this.view = view;
    for (const map of [this.inputs, this.homes, this.sums]) map.clear();
    this.detail = el("div", { class: "detail" });
    this.crop = el("div", { class: "crop" });
    this.place.replaceChildren(
      this.head(view), ...this.notices(view), this.aboutRecord(view),
      ...view.fields.map((field) => this.field(field, drafts)),
      ...view.tables.map((table) => this.grid(table, drafts)), this.past(view));
    this.place.scrollTop = top;
    this.refresh(view);
  }

  // The same record after an action: what is in the page already is changed in its place, so that the input that has
  // the cursor, and an input method in the middle of a word, are left alone. Returns false where its rows or fields are
  // others now and all of it was made anew.
  update(view, drafts) {
    if (shape(view) !== shape(this.view)) {
      this.show(view, drafts);
      return false;
    }
    this.view = view;
    for (const [path, input] of this.inputs) {
      const text = drafts.has(path) ? drafts.get(path) : String(view.values[path].value ?? "");
      if (input.value !== text) input.value = text;
    }
    this.top.replaceWith(this.head(view));
    this.end.replaceWith(this.past(view));
    this.refresh(view);
    return true;
  }

  head(view) {
    this.left = el("span", { class: "left-now" });
    const first = view.fields.find((field) => field.path.endsWith("_name") && view.values[field.path].value);
    const name = first ? view.values[first.path].value : view.record_id;
    const chip = view.accepted_by ? el("span", { class: "chip accepted" }, t("accepted_by") + view.accepted_by) : null;
    return this.top = el("div", { class: "record-head" },
      el("h1", {}, el("span", { class: "name" }, name), chip, this.left),
      el("div", { class: "where" }, `${view.form[language] || view.form.id} · ${view.file} · ${t("page")} ${view.pages.map((p) => p.page).join(", ")}`));
  }

  notices(view) {
    const told = view.notices.map((code) => el("p", { class: "notice", role: "alert" }, t(code)));
    const sets = view.aside.filter((event) => event.kind === "set");
    if (view.aside.length) told.push(el("div", { class: "notice", role: "alert" }, t("aside_told"),
      el("ul", {}, ...sets.map((event) => el("li", {}, el("button", { type: "button", onclick: () => this.desk.fill(event.path, event.typed || String(event.after ?? "")) },
        `${this.label(event.path)}: ${event.before ?? t("empty")} → ${event.after ?? t("empty")} (${event.who})`))))));
    return told;
  }

  aboutRecord() {
    this.record = el("div", { class: "field", "data-path": "" });
    this.homes.set("", this.record);
    return this.record;
  }

  label(path) {
    const field = this.view.fields.find((one) => one.path === path);
    if (field) return field[language];
    const row = /^(.+)\[(\d+)\](?:\.(.+))?$/.exec(path);
    const table = this.view.tables.find((one) => one.path === (row ? row[1] : path));
    if (!table) return path || t("record_doubts");
    const column = row && table.columns.find((one) => one.key === row[3]);
    return row ? `${table[language]} ${t("row")} ${Number(row[2]) + 1} ${column ? column[language] : ""}` : table[language];
  }

  field(field, drafts) {
    const id = `v-${field.path}`;
    const input = this.input(field.path, drafts, true);
    input.id = id;
    const sum = el("div", { class: "sum", "data-sum": field.path });
    this.sums.set(field.path, sum);
    const home = el("div", { class: "field", "data-path": field.path }, el("label", { for: id }, field[language]), input, sum);
    this.homes.set(field.path, home);
    return home;
  }

  input(path, drafts, mayBeLong) {
    const value = this.view.values[path];
    const text = drafts.has(path) ? drafts.get(path) : String(value.value ?? "");
    const long = mayBeLong && isLong(value.kind, text);
    const input = el(long ? "textarea" : "input", { class: `kind-${value.kind}`, autocomplete: "off", spellcheck: "false", "aria-label": this.label(path), "data-path": path });
    if (long) input.rows = Math.min(8, Math.ceil(text.length / 30));
    input.value = text;
    input.addEventListener("focus", () => this.desk.activate(path, false));
    input.addEventListener("input", (event) => this.desk.typing(path, input.value, event.isComposing));
    input.addEventListener("compositionend", () => this.desk.typing(path, input.value, false));
    this.inputs.set(path, input);
    return input;
  }

  grid(table, drafts) {
    const tools = (row) => el("td", { class: "row-tools" },
      this.tool("＋", "add_row", "add-row", table.path, row, row + 1), this.tool("－", "remove_row", "remove-row", table.path, row, row),
      row + 1 < table.rows ? this.tool("⤓", "merge_row", "merge-rows", table.path, row, row) : null);
    const rows = Array.from({ length: table.rows }, (_, row) => el("tr", { "data-row": row },
      el("th", { scope: "row" }, String(row + 1)),
      ...table.columns.map((column) => this.cell(`${table.path}[${row}].${column.key}`, column, drafts)), tools(row)));
    const head = el("tr", {}, el("th", { scope: "col" }, t("row")), ...table.columns.map((column) => el("th", { scope: "col" }, column[language])), el("td", {}));
    const home = el("section", { "data-path": table.path }, el("h2", {}, table[language]),
      el("div", { class: "grid-frame" }, el("table", { class: "grid" }, el("thead", {}, head), el("tbody", {}, ...rows))));
    if (!table.rows) home.append(this.tool(t("add_first"), "add_first", "add-row", table.path, -1, 0));
    this.homes.set(table.path, home);
    return home;
  }

  tool(sign, word, kind, table, row, at) {
    const label = row < 0 ? t(word) : `${t(word)} (${row + 1})`;
    return el("button", { type: "button", title: t(word), "aria-label": label, "data-kind": kind, onclick: () => this.desk.act({ kind, path: `${table}[${at}]` }) }, sign);
  }

  cell(path, column, drafts) {
    if (!this.view.values[path]) return el("td", {});
    const input = this.input(path, drafts, false);
    input.classList.add(["name", "text"].includes(column.key) || input.value.length > 10 ? "wide" : ["number", "operator", "weight", "unit"].includes(column.key) ? "slim" : "middle");
    const home = el("td", { "data-path": path }, input);
    this.homes.set(path, home);
    return home;
  }

  past(view) {
    if (!view.history.length) return this.end = el("span");
    const told = view.history.slice().reverse().map((event) => el("li", {},
      `${event.who} ${event.at.slice(0, 16).replace("T", " ")} ${event.kind} ${this.label(event.path)}` +
      (event.kind === "set" ? `: ${event.before ?? t("empty")} → ${event.after ?? t("empty")}` : "") + (event.why ? ` (${event.why})` : "")));
    const open = this.end?.open ?? false;
    return this.end = el("details", { open }, el("summary", {}, `${t("history")} (${told.length})`), el("ol", { class: "past" }, ...told));
  }

  // What changes while somebody types: marks, sums, faults, the number of doubts.
  refresh(now, faults = {}) {
    this.now = now;
    const errors = new Set(now.issues.filter((issue) => issue.severity === "error").map((issue) => issue.path ?? ""));
    for (const [path, home] of this.homes) {
      const value = this.view.values[path];
      home.classList.toggle("doubt", now.spots.includes(path) || errors.has(path));
      home.classList.toggle("settled", Boolean(value && value.settled) && !errors.has(path));
    }
    for (const [path, input] of this.inputs) input.classList.toggle("fault", path in faults);
    for (const place of this.sums.values()) { place.textContent = ""; place.className = "sum"; }
    for (const sum of now.sums) this.sum(sum);
    this.left.textContent = now.errors ? `${now.errors} ${t("doubts_left")}` : this.view.accepted_by ? "" : now.spots.length ? t("look_at") : t("all_settled");
    this.left.classList.toggle("none", !now.errors);
    this.record.replaceChildren(...(errors.has("") ? [el("label", {}, t("record_doubts")), this.issues("")] : []));
    this.faults = faults;
  }

  sum(sum) {
    const place = this.sums.get(sum.total);
    if (!place) return;
    place.classList.add(sum.holds ? "holds" : "fails");
    place.textContent = sum.holds ? `✓ ${t("sum_holds")}` : `✗ ${t("sum_fails")} ${sum.found}`;
  }

  issues(path) {
    const here = this.now.issues.filter((issue) => (issue.path ?? "") === path);
    return el("ul", {}, ...here.map((issue) => el("li", { class: issue.severity },
      known(`i_${issue.code}`) ? t(`i_${issue.code}`) : issue.code, el("small", {}, issue.message))));
  }

  activate(path) {
    for (const [other, home] of this.homes) home.classList.toggle("active", other === path && path !== null);
    for (const part of [this.detail, this.crop, this.row]) part?.remove();
    const home = this.homes.get(path);
    if (!home) return;
    this.fillDetail(path);
    if (home.tagName === "TD") {
      this.row = el("tr", {}, el("td", { colspan: home.parentElement.children.length, class: "under" }, el("div", { class: "under-row" }, el("strong", {}, this.label(path)), this.crop, this.detail)));
      home.parentElement.after(this.row);
    } else {
      home.append(this.detail);
      home.querySelector(":scope > input, :scope > textarea")?.before(this.crop);
    }
    this.reveal(home);
  }

  reveal(home) {
    const frame = this.place.getBoundingClientRect(), spot = home.getBoundingClientRect();
    const grid = home.closest(".grid-frame");
    if (grid) {
      const sight = grid.getBoundingClientRect();
      if (spot.left < sight.left || spot.right > sight.right) grid.scrollLeft += spot.left - sight.left - sight.width / 2;
    }
    if (spot.top < frame.top + 90 || spot.bottom > frame.bottom - 160) this.place.scrollTop += spot.top - frame.top - frame.height / 3;
  }

  // Where the row of an empty cell stands: what was not read stands there too.
  rowPlace(path) {
    const row = /^.+\[\d+\]\./.exec(path);
    const beside = row ? Object.entries(this.view.values).filter(([other, value]) => other.startsWith(row[0]) && value.evidence).map(([, value]) => value.evidence) : [];
    const here = beside.filter((evidence) => evidence.page === beside[0].page && !this.isShared(evidence));
    if (!here.length) return null;
    const side = (at, pick) => pick(...here.map((evidence) => evidence.bbox[at]));
    return { page: here[0].page, bbox: [side(0, Math.min), side(1, Math.min), side(2, Math.max), side(3, Math.max)] };
  }

  // A level's cell runs over many rows, its print stands in the middle of them.
  isShared(evidence) {
    return Object.values(this.view.values).filter((value) => value.evidence && String(value.evidence.bbox) === String(evidence.bbox)).length > 1;
  }

  fillDetail(path) {
    const value = this.view.values[path];
    const evidence = value && value.evidence;
    const picks = value ? value.candidates.map((text, at) => el("button", { type: "button", onclick: () => this.desk.pick(at) }, el("kbd", {}, String(at + 1)), ` ${text}`)) : [];
    const fault = this.faults[path] ? el("p", { class: "error" }, t(`f_${this.faults[path]}`)) : "";
    const source = { human: t("by_hand"), rule: t("by_rule") };
    const room = this.place.clientWidth - (this.homes.get(path)?.tagName === "TD" ? 60 : 220);
    this.crop.replaceChildren(this.desk.paper.crop(evidence ?? this.rowPlace(path), room) ?? "");
    this.detail.replaceChildren(
      fault, path === "" ? "" : this.issues(path),
      el("div", { class: "picks" }, ...(picks.length ? [`${t("candidates")} `, ...picks] : []),
        el("button", { type: "button", class: "confirm", onclick: () => this.desk.confirm() }, t("confirm"), " ", el("kbd", {}, "Enter"))),
      evidence ? el("small", {}, `${t("printed")}: ${evidence.text} · ${source[evidence.origin] ?? `${t("confidence")} ${evidence.confidence.toFixed(3)}`}`) : "");
  }
}
