// Tabs are links to panes of the same page. Without this, the panes simply follow each other.
export function openTabs() {
  for (const tabs of document.querySelectorAll("[data-tabs]")) {
    const links = [...tabs.querySelectorAll("a[href^='#']")];
    const paneOf = (link) => document.querySelector(link.getAttribute("href"));
    const show = (chosen, focus) => {
      for (const link of links) {
        const on = link === chosen;
        if (on) link.setAttribute("aria-current", "true"); else link.removeAttribute("aria-current");
        const pane = paneOf(link);
        if (pane) pane.hidden = !on;
      }
      if (focus) chosen.focus();
    };
    for (const link of links) {
      link.addEventListener("click", (event) => {
        event.preventDefault();
        history.replaceState(null, "", link.getAttribute("href"));
        show(link, true);
      });
    }
    const fromAddress = () => {
      const target = document.getElementById(location.hash.slice(1));
      const chosen = target && links.find((link) => paneOf(link)?.contains(target));
      if (chosen) { show(chosen); if (target !== paneOf(chosen)) target.scrollIntoView({ block: "center" }); }
      return Boolean(chosen);
    };
    if (!fromAddress() && links.length) show(links[0]);
    addEventListener("hashchange", fromAddress);
  }
}
