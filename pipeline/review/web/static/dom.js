// Small helpers. Text goes in as text only: nothing here takes HTML.
export function el(tag, props = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (name === "class") node.className = value;
    else if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (value === true) node.setAttribute(name, "");
    else if (value !== false && value !== null && value !== undefined) node.setAttribute(name, value);
  }
  node.append(...children.filter((child) => child !== null && child !== undefined));
  return node;
}

export const language = document.documentElement.lang.startsWith("zh") ? "zh" : "en";

let words = {};
export async function loadWords() {
  words = await (await fetch("/static/words.json")).json();
}
export const t = (key) => (words[key] ? words[key][language] : key);
export const known = (key) => key in words;

let fading = 0;
export function toast(text, bad = false) {
  const place = document.getElementById("toast");
  place.replaceChildren(el("p", { class: bad ? "bad" : "good" }, text));
  clearTimeout(fading);
  fading = setTimeout(() => place.replaceChildren(), bad ? 9000 : 2200);
}

// Answers {ok, status, body}; a server that cannot be reached is status 0.
export async function ask(url, body) {
  const options = body === undefined ? {} : {
    method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body),
  };
  try {
    const answer = await fetch(url, options);
    return { ok: answer.ok, status: answer.status, body: await answer.json() };
  } catch {
    return { ok: false, status: 0, body: { detail: t("no_connection"), type: "" } };
  }
}
