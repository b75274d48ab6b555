// Saves what is typed into form[data-autosave] on the server, three seconds after the last change and on leaving a field.
const PAUSE = 3000;

export function saveDrafts() {
  for (const form of document.querySelectorAll("form[data-autosave]")) autosave(form);
}

function autosave(form) {
  const status = document.getElementById(form.dataset.status) ?? form.querySelector("[data-status]");
  const words = form.dataset; // data-saved "Saved {}", data-failed
  let timer, sending = false;
  let stored = text(form);

  const save = async (keepalive = false) => {
    clearTimeout(timer);
    const body = text(form);
    if (body === stored || sending) return;
    sending = true;
    try {
      const answer = await fetch(form.dataset.autosave, {
        method: "POST", body: new URLSearchParams(body), keepalive,
        headers: { Accept: "application/json", "X-CSRFToken": form.elements.csrfmiddlewaretoken.value },
      });
      const said = await answer.json().catch(() => ({}));
      if (answer.ok && said.saved_at) {
        stored = body;
        show(words.saved.replace("{}", said.saved_at), false);
      } else show(said.reason ?? words.failed, true);
    } catch { // no connection: the browser's own words would not be the reader's language
      show(words.failed, true);
    } finally {
      sending = false;
    }
    // What failed is tried again; what was typed meanwhile follows.
    if (text(form) !== stored) timer = setTimeout(save, stored === body ? PAUSE : PAUSE * 4);
  };
  const show = (sentence, bad) => {
    if (!status) return;
    status.textContent = sentence;
    status.classList.toggle("err", bad);
  };
  form.addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(save, PAUSE); });
  form.addEventListener("change", () => save());
  addEventListener("pagehide", () => save(true));
}

const text = (form) => new URLSearchParams([...new FormData(form)].filter(([name, value]) => typeof value === "string" && name !== "csrfmiddlewaretoken")).toString();
