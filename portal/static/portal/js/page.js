// Everything here is a convenience: each page works without it.
import { ageClocks } from "./clock.js";
import { listenForKeys } from "./keys.js";
import { saveDrafts } from "./draft.js";
import { searchInPlace, stepThroughHits } from "./hits.js";
import { previewInPlace } from "./preview.js";
import { fetchTheRest } from "./rest.js";
import { openTabs } from "./tabs.js";
import { openViewers } from "./viewer.js";
import { sendFiles } from "./upload.js";

ageClocks();
listenForKeys();
saveDrafts();
openTabs();
stepThroughHits();
searchInPlace();
openViewers();
sendFiles();
fetchTheRest();
previewInPlace();

for (const counter of document.querySelectorAll("[data-counts]")) {
  const field = document.getElementById(counter.dataset.counts);
  const show = () => { counter.textContent = `${[...field.value].length}/${field.maxLength > 0 ? field.maxLength : 1000}`; };
  field?.addEventListener("input", show);
  if (field) show();
}
for (const button of document.querySelectorAll("[data-fill]")) {
  button.addEventListener("click", () => {
    const [name, password] = button.dataset.fill.split(" ");
    const form = document.getElementById("sign-in");
    form.elements.username.value = name;
    form.elements.password.value = password;
    form.requestSubmit();
  });
}
// A form sent twice by an impatient finger is sent once.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (event.defaultPrevented || form.method === "dialog") return;
  if (form.dataset.sent) { event.preventDefault(); return; }
  form.dataset.sent = "1";
  setTimeout(() => { delete form.dataset.sent; }, 4000);
});
window.addEventListener("pageshow", () => { for (const form of document.forms) delete form.dataset.sent; });
