// Sends the files of form[data-upload] one by one, each with its bar. Sending can be paused; what broke is sent
// again by itself when the connection is back, or by a button; what waits can be put in another order.
// Without this the same form sends them all at once.
import { smaller } from "./smaller.js";

const AT_ONCE = 1; // files are numbered as they arrive: two at a time would not keep the order of the list

export function sendFiles() {
  for (const form of document.querySelectorAll("form[data-upload]")) uploader(form);
}

function uploader(form) {
  const words = form.dataset; // data-waiting, -received, -failed, -retry, -same, -pause, -continue, -paused, -up, -most, -large, -smaller
  const list = document.getElementById(words.files) ?? form.querySelector("[data-files]");
  const queue = [];
  const sending = new Set(); // jobs on their way
  const broken = new Set(); // jobs the connection broke off
  let paused = false;
  let running = 0;

  const pauser = document.createElement("button");
  pauser.type = "button";
  pauser.className = "btn";
  pauser.dataset.pauses = "";
  pauser.hidden = true;
  pauser.addEventListener("click", () => {
    paused = !paused;
    if (paused) [...sending].reverse().forEach((job) => job.stop?.());
    pump();
  });
  (form.querySelector(".need") ?? form).before(pauser);

  const pump = () => {
    while (!paused && running < AT_ONCE && queue.length) {
      running += 1;
      const job = queue.shift();
      settle(job);
      sending.add(job);
      send(job).finally(() => { sending.delete(job); running -= 1; pump(); });
    }
    for (const job of queue) {
      job.row.state.textContent = paused ? words.paused : words.waiting;
      job.row.up.hidden = job === queue[0];
    }
    pauser.hidden = !paused && !running && !queue.length;
    pauser.textContent = paused ? words.continue : words.pause;
    form.dispatchEvent(new CustomEvent("uploads", { bubbles: true, detail: running + queue.length }));
  };
  // What is here and what is missing is the server's to say: it is asked once everything is sent.
  form.addEventListener("uploads", async (event) => {
    const gauge = form.querySelector(".gauge");
    if (event.detail || !gauge) return;
    try {
      const page = await (await fetch(form.action)).text();
      const fresh = new DOMParser().parseFromString(page, "text/html").querySelector(".gauge");
      if (fresh) gauge.replaceWith(fresh);
    } catch { /* the next page says it */ }
  });
  const again = (job) => { broken.delete(job); queue.push(job); pump(); };
  addEventListener("online", () => [...broken].forEach(again));

  // A waiting file goes before another one: by its button, or by dragging its row.
  const settle = (job) => { job.row.up.hidden = true; job.row.element.draggable = false; };
  const putBefore = (job, other) => {
    if (!queue.includes(job) || !queue.includes(other) || job === other) return;
    queue.splice(queue.indexOf(job), 1);
    queue.splice(queue.indexOf(other), 0, job);
    if (job.row.element.parentNode === other.row.element.parentNode) other.row.element.before(job.row.element);
    pump();
  };
  const movable = (job) => {
    const { element, up } = job.row;
    up.addEventListener("click", () => putBefore(job, queue[queue.indexOf(job) - 1]));
    element.draggable = true;
    element.addEventListener("dragstart", () => { dragged = job; });
    element.addEventListener("dragover", (event) => { if (dragged) event.preventDefault(); });
    element.addEventListener("drop", (event) => { event.preventDefault(); putBefore(dragged, job); dragged = null; });
  };
  let dragged = null;
  const enqueue = (file, input) => {
    const job = { file, field: input.name || "files", row: row(file) };
    (input.closest("li")?.querySelector("[data-files]") ?? list).append(job.row.element);
    if (file.type.startsWith("image/") && file.size > words.most) offerSmaller(job);
    else join(job);
  };
  const join = (job) => { movable(job); queue.push(job); pump(); };
  // What would be refused once it is here is not sent in vain.
  const offerSmaller = (job) => {
    const { state, bar } = job.row, button = document.createElement("button");
    state.textContent = words.large;
    button.type = "button";
    button.className = "btn";
    button.textContent = words.smaller;
    button.addEventListener("click", async () => {
      button.disabled = true;
      const copy = await smaller(job.file, words.most).catch(() => null);
      button.remove();
      if (!copy) { state.className = "err"; return; }
      job.file = copy;
      join(job);
    });
    bar.before(button);
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
    const up = document.createElement("button");
    up.type = "button";
    up.className = "btn bare small";
    up.textContent = "↑";
    up.setAttribute("aria-label", `${words.up} ${file.name}`);
    up.hidden = true;
    element.append(photo, name, state, up, bar);
    return { element, state, bar, up };
  };
  // The ticket says when this file began: it is taken once and kept for every further try.
  const ticketFor = async (job) => {
    if (job.ticket || !words.ticket) return;
    try {
      const answer = await fetch(words.ticket, { method: "POST", headers: { Accept: "application/json", "X-CSRFToken": form.elements.csrfmiddlewaretoken.value } });
      job.ticket = (await answer.json()).ticket;
    } catch { /* without it the request's own beginning counts */ }
  };
  const send = async (job) => {
    await ticketFor(job);
    if (paused) queue.unshift(job);
    else await deliver(job);
  };
  const deliver = (job) => new Promise((done) => {
    const { state, bar, element } = job.row;
    element.querySelectorAll(".err, [data-again]").forEach((old) => old.remove());
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
    const fail = (reason, mayRetry) => {
      bar.classList.add("bad");
      const sentence = document.createElement("span");
      sentence.className = "err";
      sentence.textContent = reason || words.failed;
      element.append(sentence);
      state.hidden = true;
      if (mayRetry) {
        const retry = document.createElement("button");
        retry.type = "button";
        retry.className = "btn";
        retry.textContent = words.retry;
        retry.dataset.again = "";
        retry.addEventListener("click", () => again(job));
        bar.before(retry);
        broken.add(job);
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
    job.stop = () => request.abort();
    request.addEventListener("abort", () => { bar.value = 0; queue.unshift(job); done(); });
    for (const trouble of ["error", "timeout"]) request.addEventListener(trouble, () => fail(words.failed, true));
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
