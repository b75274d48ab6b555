// The browser's own print dialogue; without script the button is not there and the menu still is.
for (const button of document.querySelectorAll("[data-print]")) {
  button.hidden = false;
  button.addEventListener("click", () => window.print());
}
