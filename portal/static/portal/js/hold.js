// Counts down the seconds in which a ruling can be taken back. The server decides; this only shows it.
import { now } from "./clock.js";

const hold = document.querySelector("[data-hold]");
const until = Date.parse(hold?.dataset.hold);
const recall = hold?.querySelector("[data-until]");

function tick() {
  const left = Math.ceil((until - now()) / 1000);
  if (now() >= Date.parse(recall?.dataset.until)) recall.remove();
  hold.querySelector("[data-seconds]").textContent = left > 0 ? left : "";
  if (left > 0) return;
  clearInterval(timer);
  hold.querySelector("[data-words]").textContent = hold.dataset.over;
}

const timer = hold && setInterval(tick, 250);
if (hold) tick();
