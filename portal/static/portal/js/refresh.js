// While something runs in the background, look again every few seconds; without this there is a link.
const main = document.querySelector("[data-refresh]");
setTimeout(() => location.reload(), Number(main.dataset.refresh) * 1000);
