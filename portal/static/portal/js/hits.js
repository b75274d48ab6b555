// Goes from one hit of a search in the conversation to the next. Without it, the hits are marked all the same.
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
      document.querySelector("[data-hit-number]").textContent = `${next + 1}/${hits.length}`;
    });
  }
}
