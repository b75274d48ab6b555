// Goes from one hit of a search in the conversation to the next. Without it, the hits are marked all the same.
export function stepThroughHits() {
  const talk = document.getElementById("talk");
  const hits = talk ? [...talk.querySelectorAll(".say:has(mark)")] : [];
  let at = -1;
  for (const button of document.querySelectorAll("[data-hit]")) {
    button.hidden = !hits.length;
    button.addEventListener("click", () => {
      at = (at + (button.dataset.hit === "next" ? 1 : -1) + hits.length) % hits.length;
      hits.forEach((hit, number) => hit.toggleAttribute("data-here", number === at));
      hits[at].scrollIntoView({ block: "center" });
      document.querySelector("[data-hit-number]").textContent = `${at + 1}/${hits.length}`;
    });
  }
}
