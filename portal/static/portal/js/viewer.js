// Looks at photos: zoom, pan, turn, light, step, and two of them beside or upon each other.
// It enhances plain links to the previews and never alters a file; all of this belongs to the eye only.
import { MIDDLE, between, drawOn, labelled, named, placeOn, sheet, within } from "./region.js";
import { PLAIN, filterOf, keptInside, pinched, sizes, zoomed } from "./sight.js";

const STEP = 1.25;
const PUSH = 40;
const SEEN = "viewed:", BLUR = "blur:", BLUR_ALL = "blur-all", BLUR_FLAGGED = "blur-flagged";
const MOVES = { left: [PUSH, 0], right: [-PUSH, 0], up: [0, PUSH], down: [0, -PUSH] };
const WAYS = { compare: "beside", swipe: "swipe", overlay: "overlay", difference: "difference" };

export function openViewers() {
  for (const root of document.querySelectorAll("[data-viewer]")) viewer(root);
}

function viewer(root) {
  const thumbs = [...root.querySelectorAll("a.thumb[data-photo]")];
  const pair = root.querySelector("[data-stage]");
  if (!thumbs.length || !pair) return;
  const part = (name) => root.querySelector(`[data-${name}]`);
  const first = Math.max(0, thumbs.findIndex((thumb) => thumb.dataset.photo === root.dataset.start));
  const divider = document.createElement("div");
  divider.className = "divider";
  let view = { ...PLAIN }, eye = { light: 100, inverted: false }, share = 50;
  let open = [first], way = "one";
  let region = null, marking = false, corner = null, isBegun = false;
  pair.setAttribute("aria-live", "polite");

  const images = () => [...pair.querySelectorAll("img")];
  const measure = () => images().map((image) => sizes(image, view.turn));
  // What its reader said of this photo, of all, of flagged ones; what the house says of those.
  const veilsFlagged = () => {
    const own = localStorage.getItem(BLUR_FLAGGED);
    return own === null ? Boolean(part("blur-flagged")?.defaultChecked) : own === "1";
  };
  const isBlurred = (thumb) => {
    const own = localStorage.getItem(BLUR + thumb.href);
    if (own !== null) return own === "1";
    return localStorage.getItem(BLUR_ALL) === "1" || ("flagged" in thumb.dataset && veilsFlagged());
  };
  const veil = (thumb) => {
    for (const each of [thumb, ...document.querySelectorAll(`[data-shot="${thumb.dataset.photo}"]`)]) each.toggleAttribute("data-blurred", isBlurred(thumb));
  };
  const press = (name, on) => {
    for (const button of root.querySelectorAll(`[data-act=${name}]`)) button.setAttribute("aria-pressed", on);
  };

  const draw = () => {
    if (!isBegun) return;
    const measured = measure();
    view = keptInside(view, measured);
    images().forEach((image, index) => {
      const scale = view.zoom * measured[index].whole / measured[index].laid;
      image.style.transform = `translate(${view.x}px, ${view.y}px) scale(${scale}) rotate(${view.turn}deg)`;
      // The light falls on a difference itself: there it brings out what hardly differs.
      image.style.filter = filterOf({ ...(way === "difference" ? { light: 100 } : eye), blurred: isBlurred(thumbs[open[index]]) });
    });
    pair.querySelectorAll("svg").forEach((made, index, all) => drawOn(made, images()[index], index === all.length - 1 ? region : null));
    pair.style.filter = way === "difference" ? filterOf(eye) : "";
    pair.dataset.way = way;
    root.toggleAttribute("data-zoomed", view.zoom > 1);
    lay();
    if (part("zoom")) part("zoom").textContent = `${Math.round(view.zoom * measured[0].whole * 100)}%`;
    for (const [name, its] of Object.entries(WAYS)) press(name, way === its);
    press("invert", eye.inverted);
    press("blur", isBlurred(thumbs[open.at(-1)]));
  };
  // The second photo upon the first: cut at the divider, or let through.
  const lay = () => {
    const upper = pair.querySelectorAll("figure")[1];
    if (upper) {
      upper.style.clipPath = way === "swipe" ? `inset(0 0 0 ${100 - share}%)` : "";
      upper.style.opacity = way === "overlay" ? share / 100 : "";
    }
    divider.style.insetInlineStart = `${100 - share}%`;
    if (part("share-of")) part("share-of").hidden = !["swipe", "overlay"].includes(way);
    if (part("share-of-second")) part("share-of-second").value = share;
  };
  const figure = (thumb) => {
    const frame = document.createElement("figure");
    frame.className = "photo stage-photo";
    frame.tabIndex = 0;
    const image = document.createElement("img");
    image.addEventListener("load", draw);
    image.src = thumb.href;
    image.alt = thumb.querySelector("img")?.alt ?? "";
    image.draggable = false;
    const caption = document.createElement("figcaption");
    caption.className = "tag";
    caption.textContent = thumb.dataset.caption;
    frame.append(image, sheet(), caption);
    return frame;
  };
  const show = () => {
    isBegun = true;
    const focused = pair.contains(document.activeElement);
    const figures = open.map((index) => figure(thumbs[index]));
    pair.replaceChildren(...figures, ...(way === "swipe" ? [divider] : []));
    if (focused) figures.at(-1).focus();
    thumbs.forEach((thumb, index) => {
      if (open.includes(index)) { thumb.setAttribute("aria-current", "true"); see(thumb); } else thumb.removeAttribute("aria-current");
      veil(thumb);
    });
    const shown = thumbs[open.at(-1)];
    if (part("own-window")) part("own-window").href = shown.dataset.window;
    mark(region);
    draw();
  };
  // What is marked of the photo that was opened last; it is cited with its numbers.
  const mark = (wanted) => {
    region = wanted;
    numbers().forEach((number, index) => { if (document.activeElement !== number) number.value = region?.[index] ?? ""; });
    root.dispatchEvent(new CustomEvent("photo", { bubbles: true, detail: labelled(thumbs[open.at(-1)].dataset.photo, region) }));
    draw();
  };
  const numbers = () => [...root.querySelectorAll("[data-region] [type=number]")];
  const startMarking = (on) => {
    marking = on;
    press("mark", on);
    root.toggleAttribute("data-marking", on);
    if (part("region")) part("region").hidden = !on;
    mark(on ? region ?? MIDDLE : null);
    if (on) numbers()[0]?.focus();
  };
  const see = (thumb) => {
    sessionStorage.setItem(SEEN + thumb.href, "1");
    thumb.dataset.viewed = "";
    const count = document.querySelector("[data-viewed-count]");
    if (count) count.textContent = thumbs.filter((each) => "viewed" in each.dataset).length;
  };
  const reset = () => { view = { ...PLAIN }; };
  const zoomTo = (wanted, point) => { view = zoomed(view, wanted, measure(), point); draw(); };
  const push = ([x, y]) => { view = { ...view, x: view.x + x, y: view.y + y }; draw(); };
  const pointAt = ({ x, y }) => {
    const boxes = [...pair.querySelectorAll("figure")].map((each) => each.getBoundingClientRect());
    const box = boxes.find((each) => x >= each.left && x < each.right && y >= each.top && y < each.bottom) ?? boxes[0];
    return { x: x - box.x - box.width / 2, y: y - box.y - box.height / 2 };
  };
  const openAt = (index, marked = null) => {
    region = marked;
    open = way === "one" ? [index] : [open[0], index];
    reset();
    show();
  };
  const step = (by) => openAt((open.at(-1) + by + thumbs.length) % thumbs.length);
  // Each way of comparing is a switch: pressed again, it leaves one photo.
  const compare = (wanted) => {
    const before = way;
    way = before === wanted || thumbs.length < 2 ? "one" : wanted;
    if (way === "one") open = [open[0]];
    else if (before === "one") open = [open[0], (open[0] + 1) % thumbs.length];
    if (way === "one" || before === "one") reset();
    show();
  };
  const blur = () => {
    const thumb = thumbs[open.at(-1)];
    localStorage.setItem(BLUR + thumb.href, isBlurred(thumb) ? "0" : "1");
    veil(thumb);
    draw();
  };
  const acts = {
    in: () => zoomTo(view.zoom * STEP), out: () => zoomTo(view.zoom / STEP), fit: () => { reset(); draw(); },
    full: () => zoomTo(1 / measure()[0].whole),
    rotate: () => { view = { ...view, turn: view.turn + 90, x: 0, y: 0 }; draw(); },
    invert: () => { eye = { ...eye, inverted: !eye.inverted }; draw(); },
    next: () => step(1), previous: () => step(-1), blur, mark: () => startMarking(!marking),
  };
  for (const [name, its] of Object.entries(WAYS)) acts[name] = () => compare(its);
  for (const [name, by] of Object.entries(MOVES)) acts[name] = () => push(by);

  root.addEventListener("click", (event) => {
    const button = event.target.closest("[data-act]");
    if (button && acts[button.dataset.act]) { event.preventDefault(); acts[button.dataset.act](); return; }
    const thumb = event.target.closest("a.thumb[data-photo]");
    if (!thumb || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    openAt(thumbs.indexOf(thumb));
  });
  // The photos are cited by their labels, here and there on the page.
  const follow = () => {
    const cited = named(decodeURIComponent(location.hash));
    const index = thumbs.findIndex((thumb) => thumb.dataset.photo === cited.photo);
    if (index >= 0) openAt(index, cited.region);
    return index >= 0;
  };
  addEventListener("hashchange", follow);
  addEventListener("more", () => thumbs.forEach(veil)); // of the conversation
  part("region")?.addEventListener("input", () => mark(within(numbers().map((number) => Number(number.value)))));
  part("region")?.addEventListener("keydown", (event) => {
    if (event.key !== "Enter") return;
    event.preventDefault();
    part("cite-photo")?.click();
  });
  const menu = part("menu");
  document.addEventListener("pointerdown", (event) => { if (menu?.open && !menu.contains(event.target)) menu.open = false; });
  menu?.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    menu.open = false;
    menu.querySelector("summary").focus();
  });
  part("light")?.addEventListener("input", (event) => { eye = { ...eye, light: Number(event.target.value) }; draw(); });
  part("share-of-second")?.addEventListener("input", (event) => { share = Number(event.target.value); lay(); });
  const choice = (box, key, chosen) => {
    if (!box) return;
    box.checked = chosen;
    box.addEventListener("change", () => { localStorage.setItem(key, box.checked ? "1" : "0"); show(); });
  };
  choice(part("blur-all"), BLUR_ALL, localStorage.getItem(BLUR_ALL) === "1");
  choice(part("blur-flagged"), BLUR_FLAGGED, veilsFlagged());
  pair.addEventListener("wheel", (event) => {
    event.preventDefault();
    // A pinch on a touchpad comes as a wheel with Ctrl, in many small steps.
    const by = event.ctrlKey ? Math.exp(-event.deltaY / 100) : event.deltaY < 0 ? 1.15 : 1 / 1.15;
    zoomTo(view.zoom * by, pointAt(event));
  }, { passive: false });
  pair.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const keys = { "+": "in", "=": "in", "-": "out", 0: "fit", 1: "full", ArrowLeft: "left", ArrowRight: "right", ArrowUp: "up", ArrowDown: "down" };
    if (!keys[event.key]) return;
    acts[keys[event.key]]();
    event.preventDefault();
    event.stopPropagation();
  });

  const fingers = new Map();
  const places = () => [...fingers.values()];
  let sliding = false;
  pair.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    sliding = event.target === divider;
    corner = marking && !sliding ? placeOn([...pair.querySelectorAll("svg")].at(-1), event) : null;
    fingers.set(event.pointerId, { x: event.clientX, y: event.clientY });
    pair.setPointerCapture(event.pointerId);
  });
  pair.addEventListener("pointermove", (event) => {
    const before = fingers.get(event.pointerId), was = places();
    if (!before) return;
    const now = { x: event.clientX, y: event.clientY };
    fingers.set(event.pointerId, now);
    if (corner) mark(between(corner, placeOn([...pair.querySelectorAll("svg")].at(-1), event)));
    else if (sliding) {
      const box = pair.getBoundingClientRect();
      share = Math.round(100 - Math.min(100, Math.max(0, (now.x - box.x) / box.width * 100)));
      lay();
    } else if (was.length === 2) {
      const pinch = pinched(was, places());
      view = { ...view, x: view.x + pinch.x, y: view.y + pinch.y };
      zoomTo(view.zoom * pinch.by, pointAt(pinch.at));
    } else push([now.x - before.x, now.y - before.y]);
  });
  for (const end of ["pointerup", "pointercancel"]) pair.addEventListener(end, (event) => { fingers.delete(event.pointerId); sliding = false; corner = null; });

  new ResizeObserver(draw).observe(pair);
  for (const thumb of thumbs) if (sessionStorage.getItem(SEEN + thumb.href)) thumb.dataset.viewed = "";
  thumbs.forEach(veil);
  // What is put on the stage is fetched, and that counts as a look: the first waits until it can be seen.
  const arrival = new IntersectionObserver((entries) => {
    if (!entries.some((each) => each.isIntersecting)) return;
    arrival.disconnect();
    if (!isBegun) show();
  });
  if (!follow()) arrival.observe(pair);
}
