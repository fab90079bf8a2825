// What makes the pages comfortable: keys, times, what changes by itself. Each page reads without it.
"use strict";
(() => {
  const root = document.documentElement;
  const page = document.body.dataset.page;
  root.classList.add("with-js");

  const kept = {
    get(name, otherwise) {
      try { return localStorage.getItem(`tocsin-${name}`) ?? otherwise; } catch { return otherwise; }
    },
    set(name, value) {
      try { localStorage.setItem(`tocsin-${name}`, value); } catch { /* kept for this page only */ }
    },
  };

  // Times: UTC, of this machine, or how long ago by the stage's clock.
  const modes = ["UTC", "local", "ago"];
  const aheadBy = Date.parse(document.body.dataset.now) - Date.now();
  const modeButton = document.getElementById("time-mode");
  let mode = kept.get("times", "UTC");
  if (!modes.includes(mode)) mode = "UTC";

  const two = (number) => String(number).padStart(2, "0");
  const ago = (moment) => {
    const seconds = Math.round((Date.now() + aheadBy - moment) / 1000);
    if (seconds < 0) return "in a moment";
    if (seconds < 60) return `${seconds} s ago`;
    if (seconds < 3600) return `${Math.floor(seconds / 60)} min ago`;
    if (seconds < 172800) return `${Math.floor(seconds / 3600)} h ago`;
    return `${Math.floor(seconds / 86400)} d ago`;
  };
  const written = (moment, form) => {
    const iso = moment.toISOString();
    if (mode === "ago" || (form === "ago" && mode === "UTC")) return ago(moment);
    if (mode === "local") {
      const clock = `${two(moment.getHours())}:${two(moment.getMinutes())}:${two(moment.getSeconds())}`;
      const day = `${moment.getFullYear()}-${two(moment.getMonth() + 1)}-${two(moment.getDate())}`;
      return form === "time" ? clock : `${day} ${clock}`;
    }
    return form === "time" ? `${iso.slice(11, 19)}Z` : `${iso.slice(0, 10)} ${iso.slice(11, 19)}Z`;
  };
  const showTimes = (within = document) => {
    for (const element of within.querySelectorAll("time[datetime]")) {
      const moment = new Date(element.dateTime);
      if (Number.isNaN(moment.getTime())) continue;
      element.textContent = written(moment, element.dataset.form);
      element.title = moment.toISOString().slice(0, 19) + "Z";
    }
    if (modeButton) modeButton.textContent = mode;
  };
  modeButton?.addEventListener("click", () => {
    mode = modes[(modes.indexOf(mode) + 1) % modes.length];
    kept.set("times", mode);
    showTimes();
  });
  showTimes();
  setInterval(showTimes, 15000);

  // One line about what happened; a change can be undone from it.
  const say = (text, action) => {
    const said = document.getElementById("said");
    if (!said) return;
    const line = document.createElement("div");
    line.textContent = text + (action ? " " : "");
    if (action) line.append(action);
    // What undoes a decision stays beside it: the decision itself is what makes the news.
    for (const other of [...said.children]) if (!other.querySelector("form")) other.remove();
    said.append(line);
    setTimeout(() => line.remove(), action ? 20000 : 5000);
  };

  // Rows under the keys.
  let chosen = null;
  const rows = () => [...document.querySelectorAll("table.rows tbody tr[data-key]")];
  const choose = (row, scroll = true) => {
    for (const other of document.querySelectorAll("tr.chosen")) other.classList.remove("chosen");
    chosen = row?.dataset.key ?? null;
    if (!row) return;
    row.classList.add("chosen");
    row.querySelector("a.open")?.focus({ preventScroll: true });
    if (scroll) row.scrollIntoView({ block: "nearest" });
  };
  const step = (by) => {
    const all = rows();
    if (!all.length) {
      document.querySelector(`.records a[rel="${by > 0 ? "next" : "prev"}"]`)?.click();
      return;
    }
    const at = all.findIndex((row) => row.dataset.key === chosen);
    choose(all[Math.min(all.length - 1, Math.max(0, at < 0 ? 0 : at + by))]);
  };
  const act = (name) => {
    const row = rows().find((one) => one.dataset.key === chosen);
    const form = (row ?? document).querySelector(`form[data-act="${name}"]`);
    if (form) form.requestSubmit();
  };

  // Keys: off in fields, and where somebody has switched them off.
  const keysOn = document.getElementById("keys-on");
  if (keysOn) {
    keysOn.checked = kept.get("keys", "on") === "on";
    keysOn.addEventListener("change", () => kept.set("keys", keysOn.checked ? "on" : "off"));
  }
  const help = document.getElementById("help");
  const showHelp = () => { if (help && !help.open) help.showModal(); };
  document.getElementById("help-button")?.addEventListener("click", showHelp);
  let begun = "";
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented || help?.open) return;
    if (event.target.closest("input, select, textarea, [contenteditable]")) {
      if (event.key === "Escape") event.target.blur();
      return;
    }
    if (event.key === "?") { showHelp(); return; }
    if (kept.get("keys", "on") !== "on") return;
    const go = begun === "g" ? { b: "/bugs", a: "/alarms", d: "/drill" }[event.key] : null;
    begun = event.key === "g" ? "g" : "";
    if (go) { location.href = go; return; }
    const does = {
      j: () => step(1),
      k: () => step(-1),
      "/": () => { document.getElementById("search")?.focus(); },
      u: () => { document.getElementById("back")?.click(); },
      e: () => act("resolve"),
      m: () => act("mute"),
    }[event.key];
    if (does) { event.preventDefault(); does(); }
  });

  // What htmx puts in: its times, and the row that was chosen.
  document.addEventListener("htmx:afterSettle", (event) => {
    showTimes(document);
    const row = rows().find((one) => one.dataset.key === chosen);
    if (row && !document.activeElement?.closest("input, select")) choose(row, false);
  });
  // What a decision said, with its undo, stays for as long as one may want it.
  let forget = 0;
  document.addEventListener("htmx:oobAfterSwap", (event) => {
    if (event.detail.target.id !== "said") return;
    clearTimeout(forget);
    const shown = [...event.detail.target.children];
    forget = setTimeout(() => { for (const line of shown) line.remove(); }, 20000);
  });
  document.addEventListener("htmx:responseError", (event) => {
    const status = event.detail.xhr.status;
    say(status === 401 ? "Signed out: open the address of the terminal again." : `The console answered ${status}.`);
  });
  document.addEventListener("htmx:sendError", () => say("The console does not answer: does it still run?"));

  // Events: one tab of a browser listens, and tells the others.
  const told = (name) => {
    document.body.dispatchEvent(new CustomEvent(`tocsin:${name}`));
    const elsewhere = document.querySelector(`[data-live="${name}"]:not([hx-get])`);
    if (elsewhere) {
      const again = document.createElement("a");
      again.href = location.href;
      again.textContent = "Reload";
      say("There is something new.", again);
    }
  };
  if (page && "EventSource" in window && "locks" in navigator && "BroadcastChannel" in window) {
    const channel = new BroadcastChannel("tocsin-events");
    channel.addEventListener("message", (event) => told(event.data));
    // Held until the tab is gone; then another one gets it.
    navigator.locks.request("tocsin-events", () => new Promise(() => {
      const source = new EventSource("/events");
      for (const name of ["bugs", "alarms", "drill", "clock"]) {
        source.addEventListener(name, () => { told(name); channel.postMessage(name); });
      }
    })).catch(() => { /* no lock, no events: the page is as of when it was loaded */ });
  }
})();
