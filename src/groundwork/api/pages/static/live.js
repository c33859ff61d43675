// Keeps a page true while it is open. Load it with `defer`, before scripts that change the page.
//
// Every `<… id="x" data-live="topic topic…">` is a fragment: when one of its topics (or `all`) is
// told, the page is fetched again, and each fragment that reads otherwise is changed in place. A
// fragment in which the reader is writing is left alone until they ask for the news.
//
// <body> may say: data-live-position (of the server's hub, taken before the page was read),
// data-live-reader (the reader's id), data-live-text-updated, -sign-in and -kept (texts).
// <script> may say: data-worker (the address of live-worker.js).
// Announced to other scripts: `live:changed` on each fragment after it was changed.
(function () {
  "use strict";

  const script = document.currentScript;
  const worker = script.dataset.worker || new URL("live-worker.js", script.src).href;
  const typing = window.groundworkTyping;
  const merge = window.groundworkMerge;
  const says = document.body.dataset;

  const DEBOUNCE = 150;
  const SPREAD = 150;
  const SPREAD_ALL = 800; // everybody asks again after a restart: not all at once
  const GAP = 600;
  const SHARE = 4; // a server that takes long is asked less often
  const LONGEST_GAP = 10000;
  const LONGEST_DELAY = 30000;
  const FLICKER = 2000; // a line that is back so soon was never off

  const seen = new Map(); // what each fragment read when the server last wrote it
  const held = new Map(); // fragments with news that wait for the reader

  let shown = says.livePosition || ""; // the page shows everything up to here
  let told = shown;
  let missed = false;
  let timer = 0;
  let busy = false;
  let again = false;
  let notBefore = 0;
  let failures = 0;

  function fragments(root) {
    return Array.from(root.querySelectorAll("[data-live][id]"));
  }

  // A fragment's text for comparison: idempotency keys and CSRF tokens are new in every answer.
  function reading(fragment) {
    const copy = fragment.cloneNode(true);
    copy.querySelectorAll("input[type=hidden][name=nonce], input[type=hidden][name=csrf]")
      .forEach(function (input) { input.removeAttribute("value"); });
    return copy.outerHTML;
  }

  // --- Hearing

  function hear(topics, position) {
    told = position || told;
    const wanted = topics.length && fragments(document).some(function (fragment) {
      const own = fragment.dataset.live.split(/\s+/);
      return topics.some(function (topic) { return topic === "all" || own.indexOf(topic) >= 0; });
    });
    if (!wanted) {
      if (!missed && !timer && !busy) shown = told;
      return;
    }
    missed = true;
    if (!document.hidden) schedule(topics.indexOf("all") >= 0 ? SPREAD_ALL : SPREAD);
  }

  function schedule(spread) {
    if (timer) return;
    const wait = Math.max(DEBOUNCE + Math.random() * spread, notBefore - Date.now());
    timer = setTimeout(function () {
      timer = 0;
      refresh();
    }, wait);
  }

  async function refresh() {
    if (busy) {
      again = true;
      return;
    }
    busy = true;
    again = false;
    missed = false;
    const began = Date.now();
    const upTo = told;
    try {
      const page = await load();
      if (page) {
        apply(page);
        shown = upTo;
      }
      failures = 0;
    } catch (error) {
      missed = true;
      failures += 1;
      setTimeout(retry, Math.min(1000 * Math.pow(2, failures), LONGEST_DELAY));
    }
    const gap = Math.min(Math.max(GAP, SHARE * (Date.now() - began)), LONGEST_GAP);
    notBefore = began + gap;
    busy = false;
    if (again) schedule(SPREAD);
  }

  function retry() {
    if (missed && !document.hidden) schedule(SPREAD);
  }

  // The page as it is now; null where there is nothing to show. Throws when asking again may help.
  async function load() {
    const here = location.href.split("#")[0];
    const answer = await fetch(here, {
      headers: { "X-Live": "1" }, credentials: "same-origin", cache: "no-store",
    });
    const signIn = answer.redirected && new URL(answer.url).pathname.indexOf("/sign-in") === 0;
    if (answer.status === 401 || signIn) {
      missed = true;
      note("sign-in", null, says.liveTextSignIn || "请重新登录 · Please sign in again");
      return null;
    }
    if (answer.status >= 500 || answer.status === 429) throw new Error("not now");
    if (!answer.ok) return null;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    if (!page.querySelector("[data-live][id]")) return null;
    unnote("sign-in");
    return page;
  }

  // --- Showing

  function apply(page) {
    const news = [];
    fragments(document).forEach(function (fragment) {
      const fresh = page.getElementById(fragment.id);
      const now = fresh ? reading(fresh) : "";
      if (!fragment.isConnected || now === seen.get(fragment.id)) {
        settled(fragment.id);
      } else if (typing.writing(fragment)) {
        hold(fragment, fresh, news);
      } else {
        change(fragment, fresh, news);
      }
    });
    announce(news);
  }

  function change(fragment, fresh, news) {
    settled(fragment.id);
    if (!fresh) {
      seen.delete(fragment.id);
      fragment.remove();
      return;
    }
    const said = fragment.dataset.announce;
    merge(fragment, fresh);
    seen.set(fragment.id, reading(fresh));
    if (fresh.dataset.announce && fresh.dataset.announce !== said) news.push(fresh.dataset.announce);
    fragment.dispatchEvent(new CustomEvent("live:changed", { bubbles: true }));
  }

  function announce(news) {
    const announcer = document.getElementById("announcer");
    if (announcer && news.length) announcer.textContent = news.join(" ");
  }

  // --- News that wait for the reader

  function hold(fragment, fresh, news) {
    const first = !held.has(fragment.id);
    held.set(fragment.id, fresh);
    if (!first) return;
    const text = says.liveTextUpdated || "内容已更新 · Updated";
    const button = document.createElement("button");
    button.type = "button";
    button.className = "live-update";
    button.textContent = text;
    button.addEventListener("click", function () { take(fragment); });
    note(fragment.id, fragment, button);
    news.push(text);
  }

  // What the reader asked for. What they typed stays, and is shown beside where its field is gone.
  function take(fragment) {
    if (!held.has(fragment.id)) return;
    const fresh = held.get(fragment.id);
    const typed = typing.typed(fragment);
    const before = fragment.previousSibling;
    const around = fragment.parentNode;
    const news = [];
    change(fragment, fresh, news);
    announce(news);
    const lost = typed.filter(function (one) { return !one.control.isConnected; });
    if (lost.length) keep(lost, around, fragment.isConnected ? fragment : before);
    if (fragment.isConnected && !fragment.contains(document.activeElement)) {
      fragment.tabIndex = -1;
      fragment.focus({ preventScroll: true });
    }
  }

  function keep(lost, around, place) {
    const box = document.createElement("div");
    box.className = "live-kept";
    lost.forEach(function (one) {
      const label = document.createElement("label");
      label.textContent = says.liveTextKept || "您刚才填写的内容 · What you had typed";
      const area = document.createElement("textarea");
      area.readOnly = true;
      area.defaultValue = one.value;
      label.appendChild(area);
      box.appendChild(label);
    });
    around.insertBefore(box, place && place.parentNode === around ? place.nextSibling : null);
  }

  // News of a fragment in which nobody writes any more need no question.
  function settle() {
    const news = [];
    held.forEach(function (fresh, id) {
      const fragment = document.getElementById(id);
      if (!fragment) settled(id);
      else if (!typing.writing(fragment)) change(fragment, fresh, news);
    });
    announce(news);
  }

  function settled(id) {
    held.delete(id);
    unnote(id);
  }

  // --- Notes

  function noteFor(name) {
    return document.querySelector('[data-live-note="' + CSS.escape(name) + '"]');
  }

  function note(name, fragment, content) {
    let place = noteFor(name);
    if (!place) {
      place = document.createElement("div");
      place.className = "live-note";
      place.dataset.liveNote = name;
      place.dataset.liveMade = "";
      const general = document.querySelector('[data-live-note=""]');
      const list = fragment && fragment.closest("table, ul, ol, dl");
      const beside = list || fragment || document.querySelector("main") || document.body;
      if (general) general.appendChild(place);
      else if (fragment) beside.parentNode.insertBefore(place, beside);
      else beside.insertBefore(place, beside.firstChild);
      if (general) general.hidden = false;
    }
    place.hidden = false;
    place.textContent = "";
    place.append(content);
  }

  function unnote(name) {
    const place = noteFor(name);
    if (!place) return;
    const general = place.parentNode.closest('[data-live-note=""]');
    if ("liveMade" in place.dataset) place.remove();
    else place.hidden = true;
    if (general) general.hidden = !general.children.length;
  }

  // --- The line

  let line = null; // {greet}: sends {topics, position, on} or parts of it to `receive`
  let lineOn = false;
  let flicker = 0;

  function receive(message) {
    if (message.there) line.answer();
    if (message.signedOut) {
      note("sign-in", null, says.liveTextSignIn || "请重新登录 · Please sign in again");
    }
    if ("on" in message) state(message.on);
    if (message.topics) hear(message.topics, message.position);
  }

  function state(on) {
    lineOn = on;
    clearTimeout(flicker);
    if (on) {
      document.documentElement.dataset.live = "on";
      unnote("sign-in");
      retry();
      return;
    }
    flicker = setTimeout(function () {
      if (!lineOn) document.documentElement.dataset.live = "off";
    }, FLICKER);
  }

  function greet() {
    if (line) line.greet({ hello: true, position: shown, reader: says.liveReader || "" });
  }

  function connect() {
    try {
      const shared = new SharedWorker(worker, { name: "groundwork-live" });
      shared.port.onmessage = function (event) { receive(event.data); };
      shared.onerror = connectAlone;
      line = {
        greet: function (hello) { shared.port.postMessage(hello); },
        answer: function () { shared.port.postMessage({ here: true }); },
        leave: function () { shared.port.postMessage({ bye: true }); },
      };
      greet();
    } catch (error) {
      connectAlone();
    }
  }

  function connectAlone() {
    const loaded = document.createElement("script");
    loaded.src = worker;
    loaded.onload = function () {
      const own = window.groundworkLine(receive);
      line = {
        greet: function (hello) { receive(own.greet(hello.position, hello.reader)); },
        answer: function () {},
        leave: own.leave,
      };
      greet();
    };
    document.head.appendChild(loaded);
  }

  // --- The page itself

  function backInSight() {
    if (document.hidden) return;
    greet(); // a page that slept may have been given up
    if (missed) schedule(SPREAD);
  }

  fragments(document).forEach(function (fragment) { seen.set(fragment.id, reading(fragment)); });
  state(false);
  document.addEventListener("visibilitychange", backInSight);
  document.addEventListener("focusout", function () { setTimeout(settle, 0); });
  document.addEventListener("input", settle);
  document.addEventListener("reset", function () { setTimeout(settle, 0); });
  window.addEventListener("pageshow", function (event) {
    if (!event.persisted) return;
    missed = true;
    backInSight();
  });
  window.addEventListener("pagehide", function () { if (line) line.leave(); });
  connect();

  window.groundworkLive = { refresh: refresh };
})();
