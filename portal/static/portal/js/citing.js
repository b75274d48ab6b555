// Takes the exact words of a message: what of it is selected, who said it and when.
const within = (node, wanted) => (node?.nodeType === Node.TEXT_NODE ? node.parentElement : node)?.closest?.(wanted);

// A selection over several messages is cut to the first: one citation, one author.
export function quotation(selection) {
  if (!selection.rangeCount) return null;
  const range = selection.getRangeAt(0).cloneRange();
  const message = within(range.startContainer, "[data-message]");
  const words = message?.querySelector("[data-words]");
  if (!words) return null;
  const whole = document.createRange();
  whole.selectNodeContents(words);
  if (!words.contains(range.startContainer)) range.setStart(whole.startContainer, whole.startOffset);
  if (!words.contains(range.endContainer)) range.setEnd(whole.endContainer, whole.endOffset);
  return {
    label: message.dataset.message,
    who: message.querySelector(".party").title,
    at: message.querySelector(".who time").dateTime.slice(0, 16).replace("T", " "),
    words: selection.isCollapsed ? "" : range.toString().trim(),
  };
}

export const inWords = (pattern, quoted) => pattern.replace(/\{(\w+)\}/g, (_whole, name) => quoted[name]);

// `cite(label, text)` writes it down. With the caret alone in a message, only its number is cited.
export function offerCitations(cite) {
  const offer = document.querySelector("[data-citing]");
  if (!offer) return;
  const shown = offer.querySelector("[data-cited]"), button = offer.querySelector("[data-cite-words]");
  let quoted = null;
  document.addEventListener("selectionchange", () => {
    quoted = quotation(getSelection());
    offer.hidden = !quoted?.words;
    if (quoted?.words) shown.textContent = inWords(offer.dataset.citing, quoted);
  });
  button.addEventListener("pointerdown", (event) => event.preventDefault()); // or the selection is gone
  button.addEventListener("click", () => { if (quoted) cite(quoted.label, quoted.words && inWords(offer.dataset.citing, quoted)); });
}
