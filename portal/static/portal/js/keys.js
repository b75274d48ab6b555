// Single-letter keys, read off the page: whatever carries data-key is pressed by that key.
// Never while a field has the focus, and never while Chinese is being composed.
const OFF = "keys-off";
const typing = (target) => target.closest?.("input:not([type=radio], [type=checkbox], [type=range]), textarea, select, [contenteditable]");

// What lies over the page hides its keys as well.
const uppermost = () => document.querySelector("dialog[open]") ?? document;

function rowsOf() { return [...document.querySelectorAll("[data-list] tbody tr")]; }

function move(step) {
  const rows = rowsOf();
  if (!rows.length) return;
  const here = rows.findIndex((row) => row.classList.contains("here"));
  const next = Math.min(Math.max(here + step, 0), rows.length - 1);
  rows[here]?.classList.remove("here");
  rows[next].classList.add("here");
  const link = rows[next].querySelector("a[href]");
  (link ?? rows[next]).focus();
  rows[next].scrollIntoView({ block: "nearest" });
}

// A page's own key goes before a door of the rail that has the same one.
function bearerOf(key) {
  const bearing = `[data-key="${CSS.escape(key)}"]`;
  return uppermost().querySelector(`#main ${bearing}`) ?? uppermost().querySelector(bearing);
}

// What a link or button says, without the key printed on it.
function wordsOf(element) {
  const copy = element.cloneNode(true);
  copy.querySelectorAll("kbd").forEach((cap) => cap.remove());
  return copy.textContent.trim().replace(/\s+/g, " ");
}

function list(dialog) {
  const target = dialog.querySelector("[data-keys-list]");
  target.replaceChildren();
  const add = (key, label) => {
    const [term, detail, cap] = ["dt", "dd", "kbd"].map((name) => document.createElement(name));
    cap.textContent = key;
    term.append(cap);
    detail.textContent = label;
    target.append(term, detail);
  };
  for (const element of document.querySelectorAll("[data-key]")) {
    const { key, keyLabel } = element.dataset;
    if (element === bearerOf(key)) add(key.toUpperCase(), keyLabel || element.ariaLabel || wordsOf(element));
  }
  if (rowsOf().length) { add("J K", target.dataset.jk); add("Enter", target.dataset.enter); }
  add("?", dialog.querySelector("h2").textContent);
}

export function listenForKeys() {
  const dialog = document.getElementById("keys");
  const open = () => { list(dialog); dialog.showModal(); };
  document.querySelector("[data-open=keys]")?.addEventListener("click", open);
  // The browser gives a page's first focus some time after it has loaded: a key pressed before that would be lost.
  if (document.activeElement === document.body) document.querySelector("#main [autofocus]")?.focus();
  const toggle = dialog.querySelector("[data-keys-switch]");
  toggle.checked = !localStorage.getItem(OFF);
  toggle.addEventListener("change", () => (toggle.checked ? localStorage.removeItem(OFF) : localStorage.setItem(OFF, "1")));

  document.addEventListener("keydown", (event) => {
    if (event.isComposing || event.keyCode === 229) return;
    if ((event.ctrlKey || event.metaKey) && event.key === "Enter") {
      uppermost().querySelector("[data-submit-key]")?.click();
      return;
    }
    if (event.ctrlKey || event.metaKey || event.altKey || dialog.open) return;
    if (typing(event.target)) { if (event.key === "Escape") event.target.blur(); return; }
    if (localStorage.getItem(OFF)) return;
    const key = event.key.normalize("NFKC").toLowerCase();
    if (key === "?") { event.preventDefault(); open(); return; }
    if (key === "j" || key === "k") { event.preventDefault(); move(key === "j" ? 1 : -1); return; }
    const element = bearerOf(key);
    if (!element) return;
    event.preventDefault();
    if (element.matches("input:not([type=submit]), textarea, select, section, main, form")) {
      element.closest("details:not([open])")?.setAttribute("open", "");
      element.focus();
      element.scrollIntoView({ block: "nearest" });
    } else element.click();
  });
}
