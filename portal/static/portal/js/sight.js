// What the eye sees of photos, as numbers: how large, where, how light. No page, no file, nothing kept.
export const LARGEST = 8; // of the photo's own pixels
export const PLAIN = { zoom: 1, x: 0, y: 0, turn: 0 }; // zoom 1 is the whole photo

// How large the stage shows a photo: `laid` as the sheet lays it out, `whole` when all of it fits as turned.
export function sizes(image, turn) {
  const { naturalWidth: width, naturalHeight: height, clientWidth: across, clientHeight: down } = image;
  if (!width || !across) return { laid: 1, whole: 1, width: 0, height: 0, across, down };
  const lying = turn % 180 !== 0;
  const [wide, high] = lying ? [height, width] : [width, height];
  return { laid: Math.min(across / width, down / height), whole: Math.min(across / wide, down / high), width: wide, height: high, across, down };
}

// The same view, moved back so far that no photo leaves its stage.
export function keptInside(view, measured) {
  const reach = (shown, space) => Math.max(0, ...measured.map((size) => (size[shown] * size.whole * view.zoom - size[space]) / 2));
  const within = (value, most) => Math.min(most, Math.max(-most, value));
  return { ...view, x: within(view.x, reach("width", "across")), y: within(view.y, reach("height", "down")) };
}

// Zoomed as wanted, as far as it goes, with what is at `point` staying there; from the photo's middle.
export function zoomed(view, wanted, measured, point = { x: 0, y: 0 }) {
  const whole = Math.max(...measured.map((size) => size.whole));
  const zoom = Math.min(Math.max(1, LARGEST / whole), Math.max(1, wanted));
  const by = zoom / view.zoom;
  return { ...view, zoom, x: point.x - (point.x - view.x) * by, y: point.y - (point.y - view.y) * by };
}

// Two fingers, before and after: how much wider apart, and how far their middle went.
export function pinched(before, after) {
  const apart = ([a, b]) => Math.hypot(a.x - b.x, a.y - b.y);
  const middle = ([a, b]) => ({ x: (a.x + b.x) / 2, y: (a.y + b.y) / 2 });
  const [from, to] = [middle(before), middle(after)];
  return { by: apart(after) / (apart(before) || 1), at: to, x: to.x - from.x, y: to.y - from.y };
}

export function filterOf({ light, inverted, blurred }) {
  const parts = [light !== 100 && `brightness(${light}%)`, inverted && "invert(1)", blurred && "blur(1.5rem)"];
  return parts.filter(Boolean).join(" ");
}
