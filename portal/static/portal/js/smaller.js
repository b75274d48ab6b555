// A copy of a photo that fits into so many bytes; none where the browser cannot read it or it would show too little.
const SIDES = [4096, 2048, 1024];

export async function smaller(file, most) {
  const picture = await createImageBitmap(file);
  for (const side of SIDES) {
    const scale = Math.min(1, side / Math.max(picture.width, picture.height));
    const canvas = document.createElement("canvas");
    canvas.width = Math.round(picture.width * scale);
    canvas.height = Math.round(picture.height * scale);
    canvas.getContext("2d").drawImage(picture, 0, 0, canvas.width, canvas.height);
    const copy = await new Promise((done) => canvas.toBlob(done, "image/jpeg", 0.9));
    if (copy && copy.size <= most) return new File([copy], `${file.name.replace(/\.\w+$/, "")}.jpg`, { type: copy.type });
  }
  return null;
}
