// Makes the ruling quick to write: shares of the amount, citations by one press, a checklist that follows.
import { offerCitations } from "./citing.js";

const form = document.getElementById("ruling-form");
const amount = form.elements.amount;
const cap = Number(form.dataset.cap);
const share = form.querySelector("[data-share]");
const changed = (field) => field.dispatchEvent(new Event("input", { bubbles: true }));

for (const part of form.querySelectorAll("[data-share], [data-shares]")) part.hidden = false;
const setShare = (percent) => { amount.value = (Math.round(cap * percent) / 100).toFixed(2); share.value = percent; changed(amount); };
share.addEventListener("input", () => setShare(Number(share.value)));
for (const button of form.querySelectorAll("[data-percent]")) button.addEventListener("click", () => setShare(Number(button.dataset.percent)));
const follow = () => { share.value = cap ? (Number(amount.value) / cap) * 100 : 0; };
amount.addEventListener("input", follow);
follow();

// The remedies follow the outcome, as far as one choice implies the other.
const boxes = [...form.querySelectorAll("[name=remedies]")];
const granted = boxes.filter((box) => box.checked && box.value !== "RM-REJECT");
form.addEventListener("change", (event) => {
  if (event.target.name !== "outcome") return;
  const outcome = event.target.value;
  const tick = (wanted) => { for (const box of boxes) box.checked = wanted(box); };
  if (outcome === "none") {
    tick((box) => box.value === "RM-REJECT");
    setShare(0);
  } else if (outcome === "full") tick((box) => granted.includes(box));
  else {
    const part = boxes.some((box) => box.value === "RM-PART");
    tick((box) => (part ? box.value === "RM-PART" : granted.includes(box) && box.value !== "RM-FULL"));
  }
});

const rows = [...form.querySelectorAll("[data-finding]")];
const more = form.querySelector("[data-add-finding]");
const filled = (row) => [...row.querySelectorAll("textarea, input")].some((field) => field.value.trim());
rows.forEach((row, index) => { row.hidden = index > 0 && !filled(row); });
const tidy = () => { more.hidden = rows.every((row) => !row.hidden); };
more.addEventListener("click", () => {
  const next = rows.find((row) => row.hidden);
  if (next) { next.hidden = false; next.querySelector("textarea").focus(); }
  tidy();
});
tidy();

let target = rows[0];
form.addEventListener("focusin", (event) => { target = event.target.closest("[data-finding]") ?? target; });
export function cite(label) {
  const field = target.querySelector("[name^=citations]");
  const labels = field.value.split(/[\s,]+/).filter(Boolean);
  if (!labels.includes(label)) { field.value = [...labels, label].join(" "); changed(field); }
}
let photo = null;
document.addEventListener("photo", (event) => { photo = event.detail; });
document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-cite], [data-cite-photo]");
  if (!button) return;
  const label = button.dataset.cite ?? photo ?? document.querySelector(".thumb[aria-current]")?.dataset.photo;
  if (label) cite(label);
});
offerCitations((label, words) => {
  cite(label);
  const text = target.querySelector("textarea");
  if (words) { text.value = [text.value.trimEnd(), words].filter(Boolean).join("\n"); changed(text); }
});

const check = (name, done) => {
  const line = form.querySelector(`[data-check=${name}]`);
  line.classList.toggle("open", !done);
  line.querySelector("use").setAttribute("href", done ? "#i-check" : "#i-glass");
};
const review = () => {
  const used = rows.filter((row) => row.querySelector("textarea").value.trim());
  const cited = (row) => row.querySelector("[name^=citations]").value.trim();
  check("cited", used.length > 0 && used.every(cited));
  const photos = [...document.querySelectorAll("a.thumb[data-photo]")];
  check("viewed", photos.every((thumb) => "viewed" in thumb.dataset));
  const labels = new Set(rows.flatMap((row) => row.querySelector("[name^=citations]").value.split(/[\s,]+/)));
  for (const words of document.querySelectorAll(".say p.cited")) words.classList.remove("cited");
  for (const label of labels) document.getElementById(label)?.querySelector("p")?.classList.add("cited");
};
form.addEventListener("input", review);
document.addEventListener("photo", () => setTimeout(review));
review();
document.getElementById("ruling").addEventListener("focus", () => {
  form.querySelector("input[name=outcome]:checked, input[name=outcome]").focus();
});
