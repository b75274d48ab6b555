// Looks at photos: fit, 100 %, up to 800 %, pan by drag and arrows, rotate, step, compare two with one zoom.
// It enhances plain links to the previews and never alters a file; rotation belongs to the eye only.
const LARGEST = 8;
const SEEN = "viewed:";

export function openViewers() {
  for (const root of document.querySelectorAll("[data-viewer]")) viewer(root);
}

function viewer(root) {
  const thumbs = [...root.querySelectorAll("a.thumb[data-photo]")];
  const pair = root.querySelector("[data-stage]");
  if (!thumbs.length || !pair) return;
  const view = { zoom: 1, x: 0, y: 0, turn: 0, bright: false };
  let open = [0], comparing = false;

  const draw = () => {
    for (const image of pair.querySelectorAll("img")) {
      image.style.transform = `translate(${view.x}px, ${view.y}px) scale(${view.zoom}) rotate(${view.turn}deg)`;
      image.style.filter = view.bright ? "brightness(1.7)" : "";
    }
    const shown = root.querySelector("[data-zoom]");
    if (shown) shown.textContent = `${Math.round(view.zoom * 100)}%`;
    for (const button of root.querySelectorAll("[data-act=bright]")) button.setAttribute("aria-pressed", view.bright);
    for (const button of root.querySelectorAll("[data-act=compare]")) button.setAttribute("aria-pressed", comparing);
  };
  const figure = (thumb) => {
    const frame = document.createElement("figure");
    frame.className = "photo stage-photo";
    frame.tabIndex = 0;
    const image = document.createElement("img");
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
    pair.replaceChildren(...open.map((index) => figure(thumbs[index])));
    thumbs.forEach((thumb, index) => {
      if (open.includes(index)) { thumb.setAttribute("aria-current", "true"); see(thumb); } else thumb.removeAttribute("aria-current");
    });
    root.dispatchEvent(new CustomEvent("photo", { bubbles: true, detail: thumbs[open.at(-1)].dataset.photo }));
    draw();
  };
  const see = (thumb) => {
    sessionStorage.setItem(SEEN + thumb.href, "1");
    thumb.dataset.viewed = "";
    const tally = document.querySelector("[data-viewed-count]");
    if (tally) tally.textContent = thumbs.filter((each) => "viewed" in each.dataset).length;
  };
  const reset = () => Object.assign(view, { zoom: 1, x: 0, y: 0, turn: 0 });
  const zoom = (factor) => {
    view.zoom = Math.min(LARGEST, Math.max(0.5, view.zoom * factor));
    if (view.zoom <= 1) view.x = view.y = 0;
    draw();
  };
  const step = (by) => {
    const last = (open.at(-1) + by + thumbs.length) % thumbs.length;
    open = comparing ? [open[0], last] : [last];
    reset();
    show();
  };
  const acts = {
    in: () => zoom(1.25), out: () => zoom(0.8), fit: () => { reset(); draw(); },
    full: () => {
      const image = pair.querySelector("img");
      view.zoom = Math.min(LARGEST, image.naturalWidth / image.clientWidth || 1);
      draw();
    },
    rotate: () => { view.turn += 90; draw(); },
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
    if (!thumb || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    const index = thumbs.indexOf(thumb);
    open = comparing ? [open[0], index] : [index];
    reset();
    show();
  });
  pair.addEventListener("wheel", (event) => { event.preventDefault(); zoom(event.deltaY < 0 ? 1.15 : 1 / 1.15); }, { passive: false });
  pair.addEventListener("keydown", (event) => {
    const moves = { ArrowLeft: [40, 0], ArrowRight: [-40, 0], ArrowUp: [0, 40], ArrowDown: [0, -40] };
    if (event.key === "+" || event.key === "=") zoom(1.25);
    else if (event.key === "-") zoom(0.8);
    else if (event.key === "0") acts.fit();
    else if (moves[event.key]) { view.x += moves[event.key][0]; view.y += moves[event.key][1]; draw(); }
    else return;
    event.preventDefault();
  });
  let held = null;
  pair.addEventListener("pointerdown", (event) => { held = [event.clientX - view.x, event.clientY - view.y]; pair.setPointerCapture(event.pointerId); });
  pair.addEventListener("pointermove", (event) => { if (held) { view.x = event.clientX - held[0]; view.y = event.clientY - held[1]; draw(); } });
  for (const end of ["pointerup", "pointercancel"]) pair.addEventListener(end, () => { held = null; });

  for (const thumb of thumbs) if (sessionStorage.getItem(SEEN + thumb.href)) thumb.dataset.viewed = "";
  show();
}
