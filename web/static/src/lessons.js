// Work on language models: keeps the live line and the bar up to date, and shows the page anew when the work has ended.

const PAUSE = 1500;
const LONGEST_PAUSE = 15000;

async function watch(lesson) {
  const line = lesson.querySelector("[data-lesson-line]");
  const bar = lesson.querySelector("[data-lesson-bar]");
  lesson.querySelector("[data-lesson-again]").hidden = true;
  let pause = PAUSE;
  for (;;) {
    await new Promise((go) => setTimeout(go, pause));
    if (document.hidden) continue;
    try {
      const answer = await fetch(lesson.dataset.lesson, { headers: { Accept: "application/json" } });
      if (!answer.ok) throw new Error(answer.status);
      const told = await answer.json();
      if (!told.open) return location.reload();
      bar.value = told.percent;
      // What is being done is said when it changes; how long it takes already is only shown.
      if (line.dataset.stage !== told.stage) {
        line.dataset.stage = told.stage;
        line.textContent = told.stage;
      }
      lesson.querySelector("[data-lesson-time]").textContent = told.time;
      pause = PAUSE;
    } catch {
      pause = Math.min(pause * 2, LONGEST_PAUSE); // the service may be starting again
    }
  }
}

for (const lesson of document.querySelectorAll("[data-lesson]")) watch(lesson);
