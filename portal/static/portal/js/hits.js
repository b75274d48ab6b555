// Finds words in the conversation without leaving the page, and goes from one hit to the next, which is then selected.
import { fetchTheRest } from "./rest.js";

export function stepThroughHits() {
  let here = null;
  for (const button of document.querySelectorAll("[data-hit]")) {
    button.hidden = false;
    button.addEventListener("click", () => {
      // A filter may hide some, and of a long conversation more may have come.
      const hits = [...document.querySelectorAll("#talk .say:has(mark)")].filter((hit) => hit.checkVisibility());
      if (!hits.length) return;
      const forward = button.dataset.hit === "next", at = hits.indexOf(here);
      const next = at < 0 ? (forward ? 0 : hits.length - 1) : (at + (forward ? 1 : -1) + hits.length) % hits.length;
      here?.removeAttribute("data-here");
      here = hits[next];
      here.toggleAttribute("data-here", true);
      here.scrollIntoView({ block: "center" });
      requestAnimationFrame(() => here.scrollIntoView({ block: "center" })); // what was skipped has its height now
      getSelection().selectAllChildren(here.querySelector("[data-words]") ?? here);
      document.querySelector("[data-hit-number]").textContent = `${next + 1}/${hits.length}`;
    });
  }
}

export function searchInPlace() {
  const form = document.querySelector("#chat form[role=search]");
  form?.addEventListener("submit", async (event) => {
    event.preventDefault();
    const address = `${location.pathname}?${new URLSearchParams(new FormData(form))}`;
    const answer = await fetch(address).catch(() => null);
    if (!answer?.ok || answer.redirected) { location.assign(`${address}#chat`); return; }
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    for (const part of ["#talk", "[data-hits]"]) document.querySelector(part).replaceWith(page.querySelector(part));
    history.replaceState(null, "", `${address}#chat`);
    document.activeElement.blur();
    stepThroughHits();
    document.querySelector("[data-hit=next]")?.click();
    fetchTheRest();
  });
}
