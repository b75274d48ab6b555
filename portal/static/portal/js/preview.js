// The preview opens over the draft, which stays as it is: no page is left for it and none is loaded.
// Whatever else the server answers (something is missing, another window typed) it answers as a page.
export function previewInPlace() {
  const form = document.getElementById("ruling-form");
  form?.addEventListener("submit", async (event) => {
    if (event.submitter && !event.submitter.hasAttribute("data-submit-key")) return;
    event.preventDefault();
    const sheet = await sheetOf(form);
    if (sheet) open(sheet, event.submitter);
    else form.submit();
  });
}

async function sheetOf(form) {
  try {
    const answer = await fetch(form.action, { method: "POST", body: new URLSearchParams([...new FormData(form)].filter(([, value]) => typeof value === "string")) });
    if (!answer.ok || answer.redirected) return null;
    return new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("main.split");
  } catch {
    return null;
  }
}

function open(sheet, button) {
  const dialog = document.createElement("dialog"), split = document.createElement("div");
  dialog.className = "over";
  dialog.setAttribute("aria-labelledby", "h-after");
  split.className = "split";
  split.append(...sheet.childNodes);
  dialog.append(split);
  split.querySelector('a[href$="#ruling"]')?.addEventListener("click", (event) => { event.preventDefault(); dialog.close(); });
  dialog.addEventListener("close", () => { dialog.remove(); button?.focus(); });
  document.body.append(dialog);
  dialog.showModal();
}
