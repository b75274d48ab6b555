// Makes the ruling quick to write: shares of the amount, citations by one press, a checklist that follows.
import { labelsIn, offerCitations, spanned } from "./citing.js";

const form = document.getElementById("ruling-form");
const changed = (field) => field.dispatchEvent(new Event("input", { bubbles: true }));
const part = (name) => form.querySelector(`[data-${name}]`);

// The first amount is the one that is set by its share of the most it can be.
const amount = part("amount"), share = part("share");
const most = Number(amount?.dataset.most ?? 0);
const setShare = (percent) => {
  if (!amount) return;
  amount.value = (Math.round(most * percent) / 100).toFixed(2);
  changed(amount);
};
if (amount) {
  for (const hidden of form.querySelectorAll("[data-share], [data-shares]")) hidden.hidden = false;
  share.addEventListener("input", () => setShare(Number(share.value)));
  for (const button of form.querySelectorAll("[data-percent]")) button.addEventListener("click", () => setShare(Number(button.dataset.percent)));
}
// What was typed is shown as it is understood: digits of any width, two decimals.
const plainly = (typed) => {
  const plain = /^(\d{1,3}(?:,\d{3})+|\d{1,10})(\.\d{1,2})?$/.exec(typed.normalize("NFKC").replace(/^¥\s*/, "").trim());
  return plain ? Number(plain[0].replaceAll(",", "")) : null;
};
form.addEventListener("change", ({ target }) => {
  const sum = "amount" in target.dataset ? plainly(target.value) : null;
  if (sum !== null) target.value = sum.toFixed(2);
});

// The remedies follow the outcome as the rule has it, and each amount stands beside its remedy.
const boxes = [...form.querySelectorAll("[name=remedies]")];
form.addEventListener("change", ({ target }) => {
  if (target.name !== "outcome") return;
  const wanted = target.dataset.remedies.split(" ");
  for (const box of boxes) box.checked = wanted.includes(box.value);
  if (target.value === "none") setShare(0);
  changed(form);
});
const freight = form.elements.freight, why = part("freight-reason");
const follow = () => {
  if (amount) share.value = most ? (Number(amount.value) / most) * 100 : 0;
  const chosen = boxes.filter((box) => box.checked).map((box) => box.value);
  for (const block of form.querySelectorAll("[data-pays]")) block.hidden = !block.contains(amount) && !chosen.includes(block.dataset.pays);
  why.hidden = freight.value === why.dataset.freightReason;
};

const findings = () => [...form.querySelectorAll("[data-finding]")];
const field = (row, name) => row.querySelector(`[name^=${name}]`);
const filled = (row) => [...row.querySelectorAll("textarea, input")].some((each) => each.value.trim());
const more = part("add-finding");
findings().forEach((row, index) => { row.hidden = index > 0 && !filled(row); });
const another = () => {
  const rows = findings(), last = rows.at(-1), number = rows.length + 1;
  const row = last.cloneNode(true);
  row.dataset.finding = number;
  for (const each of row.querySelectorAll("[id], [for], [name]")) {
    for (const name of ["id", "for", "name"]) if (each.hasAttribute(name)) each.setAttribute(name, each.getAttribute(name).replace(/_\d+$/, `_${number}`));
  }
  for (const each of row.querySelectorAll("textarea, input")) each.value = "";
  const label = row.querySelector("label");
  label.textContent = label.textContent.replace(/\d+/, number);
  row.querySelector(".errorlist")?.remove();
  last.after(row);
  return row;
};
more.addEventListener("click", (event) => {
  event.preventDefault();
  const next = findings().find((row) => row.hidden) ?? another();
  next.hidden = false;
  target = next;
  field(next, "finding").focus();
  more.hidden = findings().length >= Number(more.dataset.mostFindings) && findings().every((row) => !row.hidden);
});

// A template goes after what is typed, never over it, with the amount as it stands now.
const choice = part("template"), reasons = form.elements.reasons;
const suit = (outcome) => {
  const fitting = [...choice.options].find((option) => option.dataset.suits.split(" ").includes(outcome));
  if (fitting) choice.value = fitting.value;
};
form.addEventListener("change", ({ target: { name, value } }) => { if (name === "outcome") suit(value); });
part("insert").addEventListener("click", (event) => {
  event.preventDefault();
  const sums = [...form.querySelectorAll("[data-amount]")].filter((each) => each.value && !each.closest("[hidden]"));
  const total = sums.reduce((sum, each) => sum + Number(each.value), 0);
  const money = new Intl.NumberFormat("en", { minimumFractionDigits: 2 }).format(total);
  const words = choice.selectedOptions[0].dataset.text.replaceAll("{amount}", `¥${money}`);
  reasons.value = [reasons.value.trimEnd(), words].filter(Boolean).join("\n\n");
  reasons.focus();
  reasons.setSelectionRange(reasons.value.length, reasons.value.length);
  changed(reasons);
});

let target = findings()[0];
form.addEventListener("focusin", (event) => { target = event.target.closest("[data-finding]") ?? target; });
export function cite(label, until = false) {
  const cited = field(target, "citations"), labels = labelsIn(cited.value);
  const span = until && spanned(labels.at(-1), label);
  if (span) labels.splice(-1, 1, span);
  else labels.push(...labelsIn(label));
  cited.value = [...new Set(labels)].join(" ");
  changed(cited);
}
// The viewer says which photo is open, and which region of it is marked.
let photo = null;
document.addEventListener("photo", (event) => { photo = event.detail; });
document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-cite], [data-cite-photo]");
  if (!button) return;
  const label = button.dataset.cite ?? photo ?? document.querySelector(".thumb[aria-current]")?.dataset.photo;
  if (label) cite(label, event.shiftKey);
});
offerCitations((label, words) => {
  cite(label);
  const text = field(target, "finding");
  if (words) { text.value = [text.value.trimEnd(), words].filter(Boolean).join("\n"); changed(text); }
});

const check = (name, done) => {
  const line = form.querySelector(`[data-check=${name}]`);
  line.classList.toggle("open", !done);
  line.querySelector("use").setAttribute("href", done ? "#i-check" : "#i-glass");
};
// What is cited, as links: each opens its photo, its region or its message.
const showCited = (row, labels) => {
  const shown = row.querySelector("[data-followed]");
  if (shown.dataset.shown === labels.join(" ")) return; // or a link would vanish under the press
  shown.dataset.shown = labels.join(" ");
  const links = labels.map((label) => {
    const link = document.createElement("a");
    link.className = "cite";
    link.href = `#${label.split("..")[0]}`;
    link.textContent = label;
    return link;
  });
  shown.replaceChildren(...links);
};
const unseen = part("unseen");
const look = () => {
  const open = [...document.querySelectorAll("a.thumb[data-photo]")].filter((thumb) => !("viewed" in thumb.dataset)).map((thumb) => thumb.dataset.photo);
  check("viewed", !open.length);
  if (!unseen) return;
  const box = unseen.querySelector("input");
  const left = box.value.split(" ").filter((label) => open.includes(label));
  unseen.hidden = !left.length;
  unseen.querySelector("[data-labels]").textContent = left.join(" ");
};
// The button says where the text goes next: out, or to a second person first.
const next = document.querySelector("[data-next]");
const lookAhead = () => {
  if (!next) return;
  const { alone, inTwo, threshold, rules, own, always } = next.dataset;
  const sums = [...form.querySelectorAll("[data-amount]")].filter((each) => !each.closest("[hidden]"));
  const total = sums.reduce((sum, each) => sum + (plainly(each.value) ?? 0), 0);
  const two = rules.split(" ");
  const cited = findings().some((row) => field(row, "finding").value.trim() && two.includes(field(row, "rule").value));
  const beyond = boxes.some((box) => box.checked && !own.split(" ").includes(box.value));
  next.textContent = always !== undefined || cited || beyond || total > Number(threshold) ? inTwo : alone;
};
const review = () => {
  follow();
  lookAhead();
  const used = findings().filter((row) => field(row, "finding").value.trim());
  check("cited", used.length > 0 && used.every((row) => field(row, "citations").value.trim()));
  const marked = new Set();
  for (const row of findings()) {
    const labels = labelsIn(field(row, "citations").value);
    showCited(row, labels);
    for (const label of labels) marked.add(label.split("..")[0]);
  }
  for (const words of document.querySelectorAll(".say p.cited")) words.classList.remove("cited");
  for (const label of marked) document.getElementById(label)?.querySelector("p")?.classList.add("cited");
  look();
};
form.addEventListener("input", review);
form.addEventListener("change", review);
document.addEventListener("photo", () => setTimeout(look));
review();
document.getElementById("ruling").addEventListener("focus", () => {
  form.querySelector("input[name=outcome]:checked, input[name=outcome]").focus();
});
