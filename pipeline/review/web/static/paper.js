// The pages of a record with a box for every value that was read, and crops of them.
import { el, t } from "./dom.js";

const CROP_MARGIN = 6; // page units around a value's box
const CROP_HEIGHT = 64; // CSS pixels of a one-line crop
const CROP_MAX = 220;

export class Paper {
  constructor(place, onPick) {
    this.place = place;
    this.onPick = onPick;
    this.pictures = new Map();
    this.boxes = new Map();
  }

  // ready: pictures that were fetched before, by page.
  show(view, ready) {
    this.pages = new Map(view.pages.map((page) => [page.page, page]));
    this.pictures.clear();
    this.places = "";
    this.place.replaceChildren(...view.pages.map((page) => this.page(page, ready.get(page.page) ?? this.picture(view.record_id, page))));
  }

  page(page, picture) {
    const sheet = el("div", { class: "sheet-page", "data-page": page.page }, picture);
    this.pictures.set(page.page, picture);
    if (picture.complete && !picture.naturalWidth) this.missing(picture);
    return sheet;
  }

  // The picture of a page, which is fetched and made ready to be painted at once, wherever it will stand.
  picture(recordId, page) {
    const picture = el("img", { alt: `${t("page")} ${page.page}`, src: `/pages/${encodeURIComponent(recordId)}/${page.page}.jpg` });
    picture.style.aspectRatio = `${page.width} / ${page.height}`;
    picture.addEventListener("load", () => picture.isConnected && this.onLoad && this.onLoad());
    picture.addEventListener("error", () => picture.isConnected && this.missing(picture));
    picture.decode().catch(() => null); // what cannot be read says so when it is shown
    return picture;
  }

  async missing(picture) {
    const answer = await fetch(picture.src).then((got) => got.json()).catch(() => ({ detail: "" }));
    picture.replaceWith(el("p", { class: "no-picture" }, `${t("no_picture")}: ${answer.detail}`));
  }

  // values: path -> value of the view; label: path -> words
  mark(values, classOf, label) {
    const seen = Object.entries(values).filter(([, value]) => value.evidence && this.pages.has(value.evidence.page));
    const places = JSON.stringify(seen.map(([path, { evidence }]) => [path, evidence.page, evidence.bbox]));
    if (places !== this.places) this.lay(seen, label);
    this.places = places;
    for (const box of this.boxes.values()) box.classList.remove("doubt", "settled");
    for (const [path, box] of this.boxes) if (classOf(path)) box.classList.add(classOf(path));
  }

  lay(seen, label) {
    for (const box of this.boxes.values()) box.remove();
    this.boxes.clear();
    this.shared = new Map();
    for (const [path, { evidence }] of seen) this.box(path, evidence.bbox, this.pages.get(evidence.page), label(path));
  }

  // Values that share a place, as the level of many rows, share a box.
  box(path, bbox, page, label) {
    const place = `${page.page}:${bbox}`;
    const there = this.shared.get(place);
    if (there) {
      this.boxes.set(path, there);
      return;
    }
    const box = el("button", { class: "spot", type: "button", tabindex: "-1", title: label, "aria-label": label, "data-path": path });
    box.addEventListener("click", () => this.onPick(path));
    this.put(box, bbox, page);
    this.boxes.set(path, box);
    this.shared.set(place, box);
  }

  // near: the place to show for a value that was not read.
  activate(path, near) {
    const own = this.boxes.get(path);
    for (const other of this.boxes.values()) other.classList.toggle("active", other === own);
    this.near?.remove();
    if (near && !this.boxes.has(path)) this.near = this.nearBox(near);
    const box = this.boxes.get(path) ?? (near ? this.near : null);
    if (!box) return;
    const frame = this.place.getBoundingClientRect();
    const spot = box.getBoundingClientRect();
    this.place.scrollTop += spot.top - frame.top - frame.height / 2.5;
    this.place.scrollLeft += spot.left - frame.left - frame.width / 4;
  }

  nearBox(near) {
    const page = this.pages.get(near.page), box = el("div", { class: "spot active" });
    this.put(box, near.bbox, page);
    return box;
  }

  put(box, [x0, y0, x1, y1], page) {
    box.style.left = `${(100 * x0) / page.width}%`;
    box.style.top = `${(100 * y0) / page.height}%`;
    box.style.width = `${(100 * (x1 - x0)) / page.width}%`;
    box.style.height = `${(100 * (y1 - y0)) / page.height}%`;
    this.place.querySelector(`[data-page="${page.page}"]`)?.append(box);
  }

  zoom() {
    this.place.classList.toggle("zoomed");
  }

  // A canvas with the place of a value, enlarged; null while there is no picture.
  crop(evidence, width) {
    const page = evidence && this.pages.get(evidence.page);
    const picture = evidence && this.pictures.get(evidence.page);
    if (!page || !picture || !picture.complete || !picture.naturalWidth) return null;
    const scale = picture.naturalWidth / page.width;
    const [x0, y0, x1, y1] = evidence.bbox;
    const left = Math.max(0, x0 - CROP_MARGIN), top = Math.max(0, y0 - CROP_MARGIN);
    const wide = Math.min(page.width, x1 + CROP_MARGIN) - left, high = Math.min(page.height, y1 + CROP_MARGIN) - top;
    const enlarged = Math.min(width / wide, Math.max(CROP_HEIGHT / high, 1.6), 6);
    const shown = Math.min(high, CROP_MAX / enlarged);
    const canvas = el("canvas", { role: "img", "aria-label": t("printed"), width: Math.round(wide * enlarged * 2), height: Math.round(shown * enlarged * 2) });
    canvas.style.width = `${Math.round(wide * enlarged)}px`;
    canvas.getContext("2d").drawImage(picture, left * scale, top * scale, wide * scale, shown * scale, 0, 0, canvas.width, canvas.height);
    return canvas;
  }
}
