// Takes the exact words of messages: what of them is selected, who said it and when.
const PIECE = /E-?\d+\s*@\s*[\d.]+(?:\s*,\s*[\d.]+){3}|[^\s,;\uFF0C\uFF1B\u3001[\]]+/gi;
const within = (node, wanted) => (node?.nodeType === Node.TEXT_NODE ? node.parentElement : node)?.closest?.(wanted);
const wordsIn = (message, range) => {
  const words = message.querySelector("[data-words]"), part = document.createRange();
  part.selectNodeContents(words);
  if (words.contains(range.startContainer)) part.setStart(range.startContainer, range.startOffset);
  if (words.contains(range.endContainer)) part.setEnd(range.endContainer, range.endOffset);
  return part.toString().trim();
};

// The labels in a line, as they were typed; a region's numbers belong to its photo.
export const labelsIn = (written) => (written.match(PIECE) ?? []).map((piece) => piece.toUpperCase().replace(/\s+/g, ""));

// Two messages as a range; nothing where one of them is none.
export function spanned(from, to) {
  const [first, last] = [from?.split("..")[0], to].map((label) => Number(/^C-(\d+)$/.exec(label ?? "")?.[1]));
  if (!first || !last) return null;
  return first === last ? to : `C-${Math.min(first, last)}..C-${Math.max(first, last)}`;
}

// Messages by their labels, those that follow each other as a range.
export function runs(labels) {
  const numbers = labels.map((label) => Number(label.slice(2))).sort((one, other) => one - other);
  const found = [];
  for (const number of numbers) {
    if (found.at(-1)?.[1] === number - 1) found.at(-1)[1] = number;
    else found.push([number, number]);
  }
  return found.map(([from, to]) => spanned(`C-${from}`, `C-${to}`)).join(" ");
}

// A selection over several messages is cited as a range, with the words of each.
export function quotation(selection) {
  if (!selection.rangeCount) return null;
  const range = selection.getRangeAt(0);
  const first = within(range.startContainer, "[data-message]") ?? [...document.querySelectorAll("[data-message]")].find((each) => range.intersectsNode(each) && !selection.isCollapsed);
  if (!first?.querySelector("[data-words]")) return null;
  const said = selection.isCollapsed ? [first] : [...document.querySelectorAll("[data-message]")].filter((each) => range.intersectsNode(each) && (each === first || wordsIn(each, range)));
  return {
    label: runs(said.map((each) => each.dataset.message)),
    who: [...new Set(said.map((each) => each.querySelector(".party").title))].join(", "),
    at: first.querySelector(".who time").dateTime.slice(0, 16).replace("T", " "),
    words: selection.isCollapsed ? "" : said.map((each) => wordsIn(each, range)).filter(Boolean).join(" / "),
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
