// How far the work on a file is; when it is done the page comes again with what became of it.
const box = document.querySelector("[data-state]");
const bar = box.querySelector("progress");
const words = box.querySelector("[data-doing]");
const PAUSE_MS = 1000;

async function look() {
  try {
    const response = await fetch(box.dataset.state, { headers: { Accept: "application/json" } });
    if (!response.ok) return location.reload();
    const { at_work: atWork, progress, doing } = await response.json();
    if (!atWork) return location.reload();
    bar.value = progress;
    words.textContent = doing;
  } catch {
    // the network comes back, or it doesn't: the work goes on either way
  }
  setTimeout(look, PAUSE_MS);
}

setTimeout(look, PAUSE_MS);
