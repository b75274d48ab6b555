// Looks at photos: fit, 100 %, up to 800 %, pan by drag and arrows, rotate, step, compare two with one zoom.
// It enhances plain links to the previews and never alters a file; rotation belongs to the eye only.
const LARGEST = 8; // of the photo's own pixels
const STEP = 1.25;
const PUSH = 40;
const SEEN = "viewed:";

export function openViewers() {
  for (const root of document.querySelectorAll("[data-viewer]")) viewer(root);
}

// How large the stage shows a photo: `laid` as the sheet lays it out, `whole` when all of it fits as turned.
function sizes(image, turn) {
  const { naturalWidth: width, naturalHeight: height, clientWidth: across, clientHeight: down } = image;
  if (!width || !across) return { laid: 1, whole: 1, width: 0, height: 0, across, down };
  const lying = turn % 180 !== 0;
  const [wide, high] = lying ? [height, width] : [width, height];
  return { laid: Math.min(across / width, down / height), whole: Math.min(across / wide, down / high), width: wide, height: high, across, down };
}

function viewer(root) {
  const thumbs = [...root.querySelectorAll("a.thumb[data-photo]")];
  const pair = root.querySelector("[data-stage]");
  if (!thumbs.length || !pair) return;
  const view = { zoom: 1, x: 0, y: 0, turn: 0, bright: false }; // zoom 1 is the whole photo
  const shown = root.querySelector("[data-zoom]");
  let open = [0], comparing = false;
  pair.setAttribute("aria-live", "polite");

  const images = () => [...pair.querySelectorAll("img")];
  const keepInside = (measured) => {
    const room = (shownSize, space) => Math.max(0, (shownSize - space) / 2);
    const across = Math.max(...measured.map((size) => room(size.width * size.whole * view.zoom, size.across)));
    const down = Math.max(...measured.map((size) => room(size.height * size.whole * view.zoom, size.down)));
    view.x = Math.min(across, Math.max(-across, view.x));
    view.y = Math.min(down, Math.max(-down, view.y));
  };
  const draw = () => {
    const measured = images().map((image) => sizes(image, view.turn));
    keepInside(measured);
    images().forEach((image, index) => {
      const scale = view.zoom * measured[index].whole / measured[index].laid;
      image.style.transform = `translate(${view.x}px, ${view.y}px) scale(${scale}) rotate(${view.turn}deg)`;
      image.style.filter = view.bright ? "brightness(1.7)" : "";
    });
    pair.toggleAttribute("data-zoomed", view.zoom > 1);
    if (shown) shown.textContent = `${Math.round(view.zoom * measured[0].whole * 100)}%`;
    for (const button of root.querySelectorAll("[data-act=bright]")) button.setAttribute("aria-pressed", view.bright);
    for (const button of root.querySelectorAll("[data-act=compare]")) button.setAttribute("aria-pressed", comparing);
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
    frame.append(image, caption);
    return frame;
  };
  const show = () => {
    const focused = pair.contains(document.activeElement);
    pair.replaceChildren(...open.map((index) => figure(thumbs[index])));
    if (focused) pair.lastElementChild.focus();
    thumbs.forEach((thumb, index) => {
      if (open.includes(index)) { thumb.setAttribute("aria-current", "true"); see(thumb); } else thumb.removeAttribute("aria-current");
    });
    root.dispatchEvent(new CustomEvent("photo", { bubbles: true, detail: thumbs[open.at(-1)].dataset.photo }));
    draw();
  };
  const see = (thumb) => {
    sessionStorage.setItem(SEEN + thumb.href, "1");
    thumb.dataset.viewed = "";
    tally();
  };
  const tally = () => {
    const count = document.querySelector("[data-viewed-count]");
    if (count) count.textContent = thumbs.filter((each) => "viewed" in each.dataset).length;
  };
  const reset = () => Object.assign(view, { zoom: 1, x: 0, y: 0, turn: 0 });
  // The point under the pointer stays where it is; `point` is measured from the middle of its photo.
  const zoomTo = (wanted, point = { x: 0, y: 0 }) => {
    const whole = Math.max(...images().map((image) => sizes(image, view.turn).whole));
    const next = Math.min(Math.max(1, LARGEST / whole), Math.max(1, wanted));
    view.x = point.x - (point.x - view.x) * next / view.zoom;
    view.y = point.y - (point.y - view.y) * next / view.zoom;
    view.zoom = next;
    draw();
  };
  const pointOf = (event) => {
    const box = (event.target.closest(".stage-photo") ?? pair).getBoundingClientRect();
    return { x: event.clientX - box.x - box.width / 2, y: event.clientY - box.y - box.height / 2 };
  };
  const step = (by) => {
    const last = (open.at(-1) + by + thumbs.length) % thumbs.length;
    open = comparing ? [open[0], last] : [last];
    reset();
    show();
  };
  const acts = {
    in: () => zoomTo(view.zoom * STEP), out: () => zoomTo(view.zoom / STEP), fit: () => { reset(); draw(); },
    full: () => zoomTo(1 / sizes(images()[0], view.turn).whole),
    rotate: () => { view.turn += 90; view.x = view.y = 0; draw(); },
    bright: () => { view.bright = !view.bright; draw(); },
    next: () => step(1), previous: () => step(-1),
    compare: () => {
      comparing = !comparing && thumbs.length > 1;
      open = comparing ? [open[0], (open[0] + 1) % thumbs.length] : [open[0]];
      reset();
      show();
    },
  };
  root.addEventListener("click", (event) => {
    const button = event.target.closest("[data-act]");
    if (button && acts[button.dataset.act]) { event.preventDefault(); acts[button.dataset.act](); return; }
    const thumb = event.target.closest("a.thumb[data-photo]");
    if (!thumb || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    const index = thumbs.indexOf(thumb);
    open = comparing ? [open[0], index] : [index];
    reset();
    show();
  });
  pair.addEventListener("wheel", (event) => {
    event.preventDefault();
    zoomTo(view.zoom * (event.deltaY < 0 ? 1.15 : 1 / 1.15), pointOf(event));
  }, { passive: false });
  pair.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const moves = { ArrowLeft: [PUSH, 0], ArrowRight: [-PUSH, 0], ArrowUp: [0, PUSH], ArrowDown: [0, -PUSH] };
    if (event.key === "+" || event.key === "=") acts.in();
    else if (event.key === "-") acts.out();
    else if (event.key === "0") acts.fit();
    else if (event.key === "1") acts.full();
    else if (moves[event.key]) { view.x += moves[event.key][0]; view.y += moves[event.key][1]; draw(); }
    else return;
    event.preventDefault();
    event.stopPropagation();
  });

  const fingers = new Map();
  const apart = () => { const [a, b] = [...fingers.values()]; return Math.hypot(a.clientX - b.clientX, a.clientY - b.clientY); };
  pair.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    fingers.set(event.pointerId, event);
    pair.setPointerCapture(event.pointerId);
  });
  pair.addEventListener("pointermove", (event) => {
    const before = fingers.get(event.pointerId);
    if (!before) return;
    const gap = fingers.size === 2 && apart();
    fingers.set(event.pointerId, event);
    if (gap) { zoomTo(view.zoom * apart() / gap); return; }
    view.x += event.clientX - before.clientX;
    view.y += event.clientY - before.clientY;
    draw();
  });
  for (const end of ["pointerup", "pointercancel"]) pair.addEventListener(end, (event) => fingers.delete(event.pointerId));

  new ResizeObserver(draw).observe(pair);
  for (const thumb of thumbs) if (sessionStorage.getItem(SEEN + thumb.href)) thumb.dataset.viewed = "";
  show();
}
