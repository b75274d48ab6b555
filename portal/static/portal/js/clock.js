// Ages the words of each clock from the server's time; the instant itself never changes.
// Performance time stands still while a laptop sleeps, so the wall clock's advance counts.
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const ANNOUNCED = [24 * HOUR, HOUR, 10 * MINUTE, 0];
const ICONS = { ok: "clock", soon: "glass", hour: "bell", over: "over" };

const words = document.body.dataset;
const serverNow = Date.parse(words.now);
const pageLoaded = Date.now();

export const now = () => serverNow + (Date.now() - pageLoaded);

const fill = (template, values) => template.replace(/\{(\w)\}/g, (_all, name) => values[name]);

function span(length) {
  const minutes = Math.floor(length / MINUTE);
  const values = { d: Math.floor(minutes / 1440), h: Math.floor(minutes / 60) % 24, m: minutes % 60 };
  if (values.d) return fill(words.days, values);
  if (!values.h) return fill(words.minutes, values);
  return fill(words.hours, { ...values, m: String(values.m).padStart(2, "0") });
}

function stateOf(left, length, party) {
  if (left < 0) return "over";
  if (left < HOUR) return "hour";
  return left <= (party === "platform" ? 4 * HOUR : length / 4) ? "soon" : "ok";
}

function age(clock, announcer) {
  if (clock.dataset.state === "pause") return;
  const due = Date.parse(clock.dataset.due);
  const left = due - now();
  const state = stateOf(left, due - Date.parse(clock.dataset.opened), clock.dataset.party);
  const length = span(Math.abs(left));
  clock.querySelector(".left").textContent = left < 0 ? words.late.replace("{}", length) : length;
  if (state !== clock.dataset.state) {
    clock.dataset.state = state;
    clock.querySelector(".word").textContent = words.words.split("|")[Object.keys(ICONS).indexOf(state)];
    clock.querySelector(".state use").setAttribute("href", `#i-${ICONS[state]}`);
  }
  const before = Number(clock.dataset.before ?? left);
  if (clock.matches(".block") && ANNOUNCED.some((limit) => before > limit && left <= limit)) {
    announcer.textContent = fill(words.announce.replace("{title}", clock.ariaLabel).replace("{left}", length), {});
  }
  clock.dataset.before = left;
}

export function ageClocks() {
  const clocks = [...document.querySelectorAll(".clock[data-due]")];
  if (!clocks.length) return;
  const announcer = document.getElementById("announcer");
  const tick = () => clocks.forEach((clock) => age(clock, announcer));
  tick();
  setInterval(tick, 15_000);
  document.addEventListener("visibilitychange", () => { if (!document.hidden) tick(); });
}
