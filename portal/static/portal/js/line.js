// Brings the cursor to the line of the text that is wrong. The script is loaded only when there is one.
const told = document.querySelector("script[data-line]").dataset;
const field = document.getElementById(told.field);
const rows = field.value.split("\n");
const at = Number(told.line) - 1;
const start = rows.slice(0, at).join("\n").length + (at ? 1 : 0);
field.focus();
field.setSelectionRange(start, start + (rows[at] ?? "").length);
field.scrollTop = Math.max(0, (at - 5) * parseFloat(getComputedStyle(field).lineHeight));
