// A region of a photo: a rectangle in whole percent of its width and height, [left, top, width, height].
const SVG = "http://www.w3.org/2000/svg";
const LABEL = /^#?(E-\d+)@(\d+),(\d+),(\d+),(\d+)$/;
export const MIDDLE = [25, 25, 50, 50];

export const labelled = (photo, region) => (region ? `${photo}@${region.join(",")}` : photo);

// The photo and the region a label names; the photo alone where it names none.
export function named(label) {
  const found = LABEL.exec(label);
  return found ? { photo: found[1], region: found.slice(2).map(Number) } : { photo: label.replace("#", ""), region: null };
}

// Whole percent within the photo, never without an extent.
export function within([left, top, width, height]) {
  const whole = (value, least, largest) => Math.min(largest, Math.max(least, Math.round(value) || 0));
  const x = whole(left, 0, 99), y = whole(top, 0, 99);
  return [x, y, whole(width, 1, 100 - x), whole(height, 1, 100 - y)];
}

export const between = (one, other) => within([Math.min(one.x, other.x), Math.min(one.y, other.y), Math.abs(one.x - other.x), Math.abs(one.y - other.y)]);

// A sheet over the photo, with the photo's own proportions: it is laid out and moved as the photo is.
export function sheet() {
  const made = document.createElementNS(SVG, "svg");
  made.setAttribute("class", "regions");
  made.setAttribute("aria-hidden", "true");
  return made;
}

export function drawOn(made, image, region) {
  made.setAttribute("viewBox", `0 0 ${image.naturalWidth || 1} ${image.naturalHeight || 1}`);
  made.style.transform = image.style.transform;
  if (!region) { made.replaceChildren(); return; }
  const rect = made.querySelector("rect") ?? made.appendChild(document.createElementNS(SVG, "rect"));
  ["x", "y", "width", "height"].forEach((name, index) => rect.setAttribute(name, `${region[index]}%`));
}

// Where on the photo, in percent, however it is zoomed, moved and turned.
export function placeOn(made, { clientX, clientY }) {
  const { width, height } = made.viewBox.baseVal;
  const { x, y } = new DOMPoint(clientX, clientY).matrixTransform(made.getScreenCTM().inverse());
  return { x: Math.min(100, Math.max(0, x / width * 100)), y: Math.min(100, Math.max(0, y / height * 100)) };
}
