// One line to the server for all tabs of a browser.
//
// As a shared worker it hands on to every page what the server tells; where there are no shared
// workers, a page loads this file as a script and holds a line of its own (`groundworkLine`).
// A message names topics that changed, never what stands there now.
(function (scope) {
  "use strict";

  const STREAM = "/live";
  const VERSION = "/live/version";
  const ALL = "all";
  const REMEMBERED = 200;
  const OFF_BEFORE_POLLING = 5000;
  const POLL = 5000;
  const SILENCE = 40000; // the server sends a beat every 15 seconds
  const REOPEN = 2000;
  const LONGEST_REOPEN = 30000;

  function parts(position) {
    const dot = (position || "").lastIndexOf(".");
    return { epoch: (position || "").slice(0, dot), number: Number((position || "").slice(dot + 1)) };
  }

  // `tell` gets {topics, position}, {on} (whether the line holds) and {signedOut: true}.
  function openLine(tell) {
    let source = null;
    let position = "";
    let floor = NaN; // `told` is complete after this number
    let told = [];
    let started = "";
    let reader = null;
    let on = false;
    let signedOut = false;
    let offSince = Date.now();
    let heardAt = 0;
    let delay = REOPEN;
    let reopening = 0;
    let polling = false;

    function heard(topics, at) {
      const now = parts(at);
      if (now.epoch !== parts(position || started).epoch || topics.indexOf(ALL) >= 0) {
        told = [];
        floor = now.number;
      } else if (!position) {
        floor = parts(started).number;
      }
      position = at;
      if (topics.length) {
        told.push({ number: now.number, topics: topics });
        if (told.length > REMEMBERED) floor = told.shift().number;
        tell({ topics: topics, position: at });
      }
    }

    function state(isOn) {
      heardAt = Date.now();
      if (isOn) {
        delay = REOPEN;
        signedOut = false;
      } else if (on) {
        offSince = Date.now();
      }
      if (isOn !== on) {
        on = isOn;
        tell({ on: on });
      }
    }

    function open() {
      close();
      if (!scope.EventSource) return;
      const mine = new EventSource(STREAM + "?after=" + encodeURIComponent(position || started));
      source = mine;
      mine.onmessage = function (event) {
        state(true);
        heard(JSON.parse(event.data), event.lastEventId);
      };
      mine.addEventListener("beat", function (event) {
        state(true);
        position = event.lastEventId;
      });
      mine.onerror = function () {
        state(false);
        // Still connecting: the browser tries again by itself. Closed: the server said no.
        if (mine.readyState !== 2) return;
        close();
        poll();
        reopening = setTimeout(open, delay);
        delay = Math.min(delay * 2, LONGEST_REOPEN);
      };
    }

    function close() {
      clearTimeout(reopening);
      if (source) source.close();
      source = null;
    }

    // Asks what changed since; also how the line learns that nobody is signed in any more.
    async function poll() {
      if (polling) return;
      polling = true;
      try {
        const tag = { "If-None-Match": '"' + (position || started) + '"' };
        const answer = await fetch(VERSION, {
          headers: tag, credentials: "same-origin", cache: "no-store",
        });
        if (answer.status === 401) {
          signedOut = true;
          tell({ signedOut: true });
        } else if (answer.status === 304) {
          position = answer.headers.get("ETag").replace(/^W\/|"/g, "");
        } else if (answer.ok) {
          const news = await answer.json();
          heard(news.topics, news.version);
        }
      } catch (error) {
        // No network, or the server is away: the next round asks again.
      }
      polling = false;
    }

    setInterval(function () {
      if (reader === null) return;
      if (on && Date.now() - heardAt > SILENCE) {
        state(false);
        open();
      } else if (!on && !signedOut && Date.now() - offSince >= OFF_BEFORE_POLLING) {
        poll();
      }
    }, POLL);

    // What a page that shows everything up to `at` has missed.
    function since(at) {
      if (!position) return at === started ? [] : [ALL];
      const then = parts(at);
      const now = parts(position);
      if (then.epoch !== now.epoch) return [ALL];
      if (then.number >= now.number) return [];
      if (!(then.number >= floor)) return [ALL];
      const missed = told.filter(function (one) { return one.number > then.number; });
      return [].concat.apply([], missed.map(function (one) { return one.topics; }));
    }

    return {
      // A page shows everything up to `at`, to this reader; returns what it has to be told.
      greet: function (at, who) {
        if (reader !== who || signedOut || (!source && !reopening)) {
          if (reader !== who) {
            position = "";
            told = [];
            started = at;
            if (on) state(false);
          }
          reader = who;
          signedOut = false;
          offSince = Date.now();
          open();
        }
        return { topics: since(at), position: position || at, on: on };
      },
      leave: function () {
        reader = null;
        close();
        if (on) state(false);
      },
    };
  }

  if (!("onconnect" in scope)) {
    scope.groundworkLine = openLine;
    return;
  }

  const ROUND = 20000;
  const DEAD = 70000; // a page that did not answer for three rounds
  const ports = new Map();

  function everybody(message) {
    ports.forEach(function (heardAt, port) { port.postMessage(message); });
  }

  const line = openLine(everybody);

  scope.onconnect = function (event) {
    const port = event.ports[0];
    port.onmessage = function (message) {
      const said = message.data;
      if (said.bye) {
        ports.delete(port);
        return;
      }
      if (said.hello) {
        const news = line.greet(said.position, said.reader);
        ports.set(port, Date.now());
        port.postMessage(news);
      } else if (ports.has(port)) {
        ports.set(port, Date.now());
      }
    };
  };

  setInterval(function () {
    const now = Date.now();
    ports.forEach(function (heardAt, port) {
      if (now - heardAt > DEAD) ports.delete(port);
      else port.postMessage({ there: true });
    });
    if (!ports.size) line.leave();
  }, ROUND);
})(self);
