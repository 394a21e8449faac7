// Fetches the page anew now and then and shows its numbers; nothing that a person does is lost by it.
const EVERY_MS = 5000;

async function renew() {
  try {
    const text = await (await fetch(location.href)).text();
    const fresh = new DOMParser().parseFromString(text, "text/html").getElementById("main");
    if (fresh) document.getElementById("main").replaceChildren(...fresh.childNodes);
  } catch {
    return; // the server rests; the next time it may answer
  }
}

setInterval(renew, EVERY_MS);
