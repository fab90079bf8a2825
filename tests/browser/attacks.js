// What a page of elsewhere may try on the console at `origin`: what it got of each, in words.
async (origin) => {
  const tried = async (what) => { try { return await what(); } catch (error) { return "blocked"; } };
  const body = new URLSearchParams({ what: "failures" });
  const answers = {
    read: await tried(async () => (await fetch(`${origin}/bugs`, { credentials: "include" })).text()),
    fetch: await tried(async () => (await fetch(`${origin}/drill`, { method: "POST", body, credentials: "include" })).text()),
    blind: await tried(async () => (await fetch(`${origin}/drill`, { method: "POST", body, mode: "no-cors", credentials: "include" })).type),
    script: await tried(() => new Promise((done) => {
      const script = document.createElement("script");
      script.src = `${origin}/bugs`;
      script.onload = () => done("loaded"); script.onerror = () => done("blocked");
      document.head.append(script);
    })),
    image: await tried(() => new Promise((done) => {
      const image = new Image();
      image.onload = () => done("loaded"); image.onerror = () => done("blocked");
      image.src = `${origin}/static/icon.svg`;
    })),
    events: await tried(() => new Promise((done) => {
      const source = new EventSource(`${origin}/events`, { withCredentials: true });
      source.onopen = () => done("open"); source.onerror = () => done("blocked");
    })),
  };
  const frame = document.createElement("iframe");
  frame.src = `${origin}/bugs`;
  document.body.append(frame);
  await new Promise((done) => { frame.onload = done; setTimeout(done, 2000); });
  answers.frame = (() => { try { return frame.contentDocument.body.innerText; } catch { return "blocked"; } })();
  return answers;
}
