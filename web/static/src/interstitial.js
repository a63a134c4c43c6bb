// Sends the form of the login page once, as soon as somebody looks at it: link previews and prerendering never do.
const form = document.querySelector("form[data-autosubmit]");
let sent = false;

function send() {
  if (sent || document.prerendering || document.visibilityState !== "visible") return;
  sent = true;
  form.requestSubmit ? form.requestSubmit() : form.submit();
}

if (form) {
  form.addEventListener("submit", () => (sent = true));
  document.addEventListener("visibilitychange", send);
  document.addEventListener("prerenderingchange", send);
  send();
}
