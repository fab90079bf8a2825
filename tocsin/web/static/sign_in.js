// The token is in the fragment, which a browser sends to nobody. It is posted, and taken out of the
// address and the history before anything else.
"use strict";
(() => {
  const token = location.hash.slice(1);
  if (!token) return;
  history.replaceState(null, "", location.pathname + location.search);
  fetch("/session", {
    method: "POST",
    headers: { "Content-Type": "application/x-www-form-urlencoded" },
    body: new URLSearchParams({ token }),
    redirect: "manual",
    credentials: "same-origin",
  }).then((answer) => {
    // A redirect is the answer to a token that is good; where it leads is not asked.
    if (answer.type === "opaqueredirect") location.reload();
    else document.getElementById("why").hidden = false;
  });
})();
