// Saves what is typed into form[data-autosave] on the server, three seconds after the last change and on leaving a field.
const PAUSE = 3000;
const OURS = ["csrfmiddlewaretoken", "window", "revision"];

export function saveDrafts() {
  for (const form of document.querySelectorAll("form[data-autosave]")) autosave(form);
}

function autosave(form) {
  const status = document.getElementById(form.dataset.status) ?? form.querySelector("[data-status]");
  const words = form.dataset; // data-saved "Saved {}", data-failed, data-person
  const shelf = `draft:${words.person ?? ""}:${words.autosave}`; // what could not be sent, for this person's next visit
  let timer, sending = false;
  let stored = text(form);

  const send = (body, keepalive = false) => fetch(words.autosave, {
    method: "POST", body: new URLSearchParams(body), keepalive,
    headers: { Accept: "application/json", "X-CSRFToken": key(form) },
  });
  const save = async (keepalive = false) => {
    clearTimeout(timer);
    const body = text(form);
    if (body === stored || sending) return;
    sending = true;
    localStorage.setItem(shelf, whole(form));
    try {
      const answer = await send(whole(form), keepalive);
      const said = await answer.json().catch(() => ({}));
      if (answer.ok && said.saved_at) {
        stored = body;
        localStorage.removeItem(shelf);
        show(words.saved.replace("{}", said.saved_at), false);
      } else {
        if (said.leads) { stored = body; localStorage.removeItem(shelf); } // kept too, beside the other text
        show(said.reason ?? words.failed, true, said.leads);
      }
    } catch { // no connection: the browser's own words would not be the reader's language
      show(words.failed, true);
    } finally {
      sending = false;
    }
    // What failed is tried again; what was typed meanwhile follows.
    if (text(form) !== stored) timer = setTimeout(save, stored === body ? PAUSE : PAUSE * 4);
  };
  const show = (sentence, bad, leads) => {
    if (!status) return;
    status.textContent = sentence;
    status.classList.toggle("err", bad);
    if (!leads) return;
    const link = document.createElement("a");
    link.href = leads.address;
    link.textContent = leads.words;
    if (leads.address.split("#")[0] === location.pathname) link.addEventListener("click", (event) => { event.preventDefault(); location.reload(); });
    status.append(" ", link);
  };
  // Typed when nobody was signed in, or without a connection: it is sent now, on what it was typed on.
  const left = localStorage.getItem(shelf);
  if (left && plain(left) === stored) localStorage.removeItem(shelf);
  else if (left) {
    send(left).then((answer) => {
      if (!answer.ok && answer.status !== 409) return;
      localStorage.removeItem(shelf);
      location.reload();
    }, () => {});
  }
  form.addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(save, PAUSE); });
  form.addEventListener("change", () => save());
  form.addEventListener("submit", () => { if (text(form) !== stored) localStorage.setItem(shelf, whole(form)); });
  addEventListener("pagehide", () => save(true));
}

const fields = (form) => [...new FormData(form)].filter(([name, value]) => typeof value === "string" && name !== OURS[0]);
const whole = (form) => new URLSearchParams(fields(form)).toString();
const text = (form) => plain(whole(form));
const plain = (body) => {
  const typed = new URLSearchParams(body);
  for (const name of OURS) typed.delete(name);
  return typed.toString();
};
// The key of whoever is signed in by now: signing in again in another window gave a new one.
const key = (form) => /(?:^|; )csrftoken=([^;]+)/.exec(document.cookie)?.[1] ?? form.elements.csrfmiddlewaretoken.value;
