// Sends the files of form[data-upload] one by one, two at a time, each with its bar; a broken one can be sent again.
// Without this the same form sends them all at once.
const AT_ONCE = 2;

export function sendFiles() {
  for (const form of document.querySelectorAll("form[data-upload]")) uploader(form);
}

function uploader(form) {
  const words = form.dataset; // data-waiting, data-received, data-failed, data-retry, data-same, data-sending
  const list = document.getElementById(words.files) ?? form.querySelector("[data-files]");
  const queue = [];
  let running = 0;

  const pump = () => {
    while (running < AT_ONCE && queue.length) {
      running += 1;
      send(queue.shift()).finally(() => { running -= 1; pump(); });
    }
    form.dispatchEvent(new CustomEvent("uploads", { bubbles: true, detail: running + queue.length }));
  };
  const enqueue = (file, input) => {
    const job = { file, field: input.name || "files", row: row(file) };
    (input.closest("li")?.querySelector("[data-files]") ?? list).append(job.row.element);
    queue.push(job);
    pump();
  };
  const row = (file) => {
    const element = document.createElement("li");
    const photo = document.createElement("span");
    photo.className = "photo";
    if (file.type.startsWith("image/")) {
      const image = document.createElement("img");
      image.alt = "";
      image.src = URL.createObjectURL(file);
      image.addEventListener("load", () => URL.revokeObjectURL(image.src));
      image.addEventListener("error", () => image.remove()); // HEIC, in most browsers
      photo.append(image);
    }
    const [name, state] = [document.createElement("span"), document.createElement("span")];
    name.textContent = file.name;
    state.className = "soft";
    state.textContent = words.waiting;
    const bar = document.createElement("progress");
    bar.max = 100;
    bar.value = 0;
    bar.setAttribute("aria-label", file.name);
    element.append(photo, name, state, bar);
    return { element, state, bar };
  };
  // The ticket says when this file began: it is taken once and kept for every further try.
  const ticketFor = async (job) => {
    if (job.ticket || !words.ticket) return;
    try {
      const answer = await fetch(words.ticket, { method: "POST", headers: { Accept: "application/json", "X-CSRFToken": form.elements.csrfmiddlewaretoken.value } });
      job.ticket = (await answer.json()).ticket;
    } catch { /* without it the request's own beginning counts */ }
  };
  const send = async (job) => { await ticketFor(job); await deliver(job); };
  const deliver = (job) => new Promise((done) => {
    const { state, bar, element } = job.row;
    element.querySelectorAll(".err, button").forEach((old) => old.remove());
    bar.classList.remove("bad");
    state.hidden = false;
    const body = new FormData();
    if (job.ticket) body.append("ticket", job.ticket);
    body.append(job.field, job.file, job.file.name); // the field's name says what kind of evidence it is
    const request = new XMLHttpRequest();
    request.open("POST", words.upload || form.action);
    request.setRequestHeader("Accept", "application/json");
    request.setRequestHeader("X-CSRFToken", form.elements.csrfmiddlewaretoken.value);
    request.upload.addEventListener("progress", (event) => {
      if (!event.lengthComputable) return;
      bar.value = (event.loaded / event.total) * 100;
      state.textContent = `${Math.round(bar.value)}%`;
    });
    const fail = (reason, again) => {
      bar.classList.add("bad");
      const sentence = document.createElement("span");
      sentence.className = "err";
      sentence.textContent = reason || words.failed;
      element.append(sentence);
      state.hidden = true;
      if (again) {
        const retry = document.createElement("button");
        retry.type = "button";
        retry.className = "btn";
        retry.textContent = words.retry;
        retry.addEventListener("click", () => { queue.push(job); pump(); });
        bar.before(retry);
      }
      done();
    };
    request.addEventListener("load", () => {
      let said = {};
      try { said = JSON.parse(request.responseText); } catch { /* a proxy's page: the status says enough */ }
      // A page instead of an answer is never a receipt, whatever its status says.
      if (request.status >= 400 || !said.label || said.status === "rejected") {
        const final = [400, 409, 413].includes(request.status) || said.status === "rejected";
        fail(said.reason, !final);
        return;
      }
      bar.value = 100;
      state.textContent = said.duplicate ? words.same : [said.label, words.received, said.began].filter(Boolean).join(" ");
      element.dataset.received = said.label;
      if (said.confirm) {
        const link = document.createElement("a");
        link.href = said.confirm;
        link.textContent = `${said.label} ${said.reason}`;
        state.replaceChildren(link);
      }
      done();
    });
    for (const trouble of ["error", "abort", "timeout"]) request.addEventListener(trouble, () => fail(words.failed, true));
    request.send(body);
  });

  // What sends the chosen files without a script has nothing to do here.
  for (const button of [...form.elements].filter((element) => "nojs" in element.dataset)) (button.closest(".send") ?? button).hidden = true;
  for (const input of form.querySelectorAll("input[type=file]")) {
    input.addEventListener("change", () => {
      [...input.files].forEach((file) => enqueue(file, input));
      input.value = "";
    });
  }
  document.addEventListener("paste", (event) => {
    const input = form.querySelector("input[type=file]");
    [...(event.clipboardData?.files ?? [])].forEach((file) => enqueue(file, input));
  });
  addEventListener("beforeunload", (event) => { if (running || queue.length) event.preventDefault(); });
}
