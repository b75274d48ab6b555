// A long page comes with its beginning; the rest is fetched in portions and put in while nothing else is to do.
const idle = () => new Promise((done) => (window.requestIdleCallback ?? setTimeout)(done));

export async function fetchTheRest() {
  for (let rest; (rest = document.querySelector("[data-rest]"));) {
    const answer = await fetch(rest.dataset.rest).catch(() => null);
    if (!answer?.ok || answer.redirected) return; // the link to the whole stays
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const cited = location.hash.slice(1);
    const isHere = cited && page.getElementById(cited);
    for (const part of [...page.body.children]) { await idle(); rest.before(part); }
    rest.remove();
    dispatchEvent(new Event("more"));
    if (isHere) dispatchEvent(new HashChangeEvent("hashchange"));
  }
}
