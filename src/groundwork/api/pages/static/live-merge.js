// What live.js stands on. Load it before live.js.
//
// `groundworkTyping` knows where the reader is writing: a form with something unsent in it bears
// the attribute `data-dirty`. A form that the server filled in for the reader says
// `data-dirty="server"` from the start. Check boxes of a selection say `data-keep`: they are kept,
// and count for nothing.
//
// `groundworkMerge(old, fresh)` makes an element read as another one and leaves alone every node
// that is the same in both, and with it focus, caret, selection, scroll positions and what is open.
// Nodes are the same when their id, `data-key`, name or link is; rows of lists should have one.
(function () {
  "use strict";

  const CONTROLS = "input, textarea, select";
  const SILENT = ["hidden", "submit", "button", "reset", "image"];
  const NOT_TEXT = SILENT.concat(["checkbox", "radio", "range", "color", "file"]);

  // --- Where the reader is writing

  function isControl(node) {
    return node.nodeType === 1 && node.matches(CONTROLS);
  }

  function defaultOption(select) {
    const options = Array.from(select.options);
    return options.filter(function (one) { return one.defaultSelected; }).pop()
      || (select.multiple ? null : options.find(function (one) { return !one.disabled; }));
  }

  function changed(control) {
    if (SILENT.indexOf(control.type) >= 0 || control.closest("[data-keep]")) return false;
    if (control.type === "checkbox" || control.type === "radio") {
      return control.checked !== control.defaultChecked;
    }
    if (control.type === "file") return control.files.length > 0;
    if (control.tagName !== "SELECT") return control.value !== control.defaultValue;
    const chosen = defaultOption(control);
    return Array.from(control.options).some(function (one) {
      return one.selected !== (control.multiple ? one.defaultSelected : one === chosen);
    });
  }

  function restore(control) {
    if (control.tagName === "SELECT") {
      const chosen = defaultOption(control);
      Array.from(control.options).forEach(function (one) {
        one.selected = control.multiple ? one.defaultSelected : one === chosen;
      });
    } else if (control.type === "checkbox" || control.type === "radio") {
      control.checked = control.defaultChecked;
    } else if (NOT_TEXT.indexOf(control.type) < 0) {
      control.value = control.defaultValue;
    }
  }

  function controls(root) {
    return Array.from(root.querySelectorAll(CONTROLS));
  }

  function dirty(form) {
    return form.dataset.dirty === "server" || controls(form).some(changed);
  }

  function mark(form) {
    if (form.dataset.dirty === "server") return;
    if (dirty(form)) form.dataset.dirty = "";
    else delete form.dataset.dirty;
  }

  function isTextField(node) {
    return node && isControl(node) && !node.readOnly && NOT_TEXT.indexOf(node.type) < 0;
  }

  // Whether the reader is writing within, or has written something that was not sent.
  function writing(root) {
    const active = document.activeElement;
    return (root.contains(active) && isTextField(active))
      || root.querySelector('form[data-dirty="server"]') !== null
      || controls(root).some(changed);
  }

  // What the reader wrote within, as {control, value}.
  function typed(root) {
    return controls(root)
      .filter(function (one) { return isTextField(one) && changed(one) && one.value.trim(); })
      .map(function (one) { return { control: one, value: one.value }; });
  }

  function markOf(event) {
    const form = event.target.form || (event.target.closest && event.target.closest("form"));
    if (form) mark(form);
  }

  document.addEventListener("input", markOf, true);
  document.addEventListener("change", markOf, true);
  document.addEventListener("reset", function (event) {
    const form = event.target;
    if (form.dataset.dirty === "server") form.dataset.dirty = "";
    setTimeout(function () { mark(form); }, 0);
  }, true);
  // Browsers fill in again what was typed before a reload.
  window.addEventListener("pageshow", function () {
    Array.from(document.forms).forEach(mark);
  });

  // --- Making one element read as another

  // Never the server's doing: its policy forbids styles in pages.
  const OURS = ["data-dirty", "open", "style"];

  function keyOf(node) {
    if (node.nodeType !== 1) return "#" + node.nodeType;
    const own = node.id || node.getAttribute("data-key");
    if (own) return node.nodeName + "#" + own;
    const name = node.getAttribute("name");
    if (name === null) return node.nodeName + "@" + (node.getAttribute("href") || "");
    const one = node.type === "checkbox" || node.type === "radio" || node.type === "submit";
    return node.nodeName + "." + name + (one ? "=" + node.getAttribute("value") : "");
  }

  function mergeAttributes(old, fresh) {
    Array.from(fresh.attributes).forEach(function (one) {
      if (OURS.indexOf(one.name) < 0 && old.getAttribute(one.name) !== one.value) {
        old.setAttributeNS(one.namespaceURI, one.name, one.value);
      }
    });
    Array.from(old.attributes).forEach(function (one) {
      if (OURS.indexOf(one.name) < 0 && !fresh.hasAttribute(one.name)) old.removeAttributeNode(one);
    });
  }

  function mergeChildren(old, fresh) {
    const waiting = new Map();
    Array.from(old.childNodes).forEach(function (node) {
      const key = keyOf(node);
      if (waiting.has(key)) waiting.get(key).push(node);
      else waiting.set(key, [node]);
    });
    const pairs = Array.from(fresh.childNodes).map(function (node) {
      const same = waiting.get(keyOf(node));
      return { fresh: node, old: same && same.length ? same.shift() : null };
    });
    waiting.forEach(function (gone) { gone.forEach(function (node) { node.remove(); }); });
    let place = old.firstChild;
    pairs.forEach(function (pair) {
      if (!pair.old) {
        old.insertBefore(document.importNode(pair.fresh, true), place);
        return;
      }
      if (pair.old === place) place = place.nextSibling;
      else old.insertBefore(pair.old, place);
      mergeNode(pair.old, pair.fresh);
    });
  }

  function mergeNode(old, fresh) {
    if (old.nodeType !== 1) {
      if (old.data !== fresh.data) old.data = fresh.data;
      return;
    }
    if (old.isEqualNode(fresh)) return;
    const follows = isControl(old) && !changed(old) && !old.closest("[data-keep]");
    mergeAttributes(old, fresh);
    mergeChildren(old, fresh);
    if (follows) restore(old);
  }

  function caretOf(node) {
    try {
      return [node.selectionStart, node.selectionEnd, node.selectionDirection];
    } catch (error) {
      return null; // some kinds of fields have no caret
    }
  }

  function twin(root, key) {
    return Array.from(root.querySelectorAll("a, button, input, select, textarea, summary, [tabindex]"))
      .find(function (node) { return keyOf(node) === key; });
  }

  window.groundworkMerge = function (old, fresh) {
    const active = document.activeElement;
    const within = active && old.contains(active) ? { key: keyOf(active), caret: caretOf(active) } : null;
    const scrolled = [old].concat(Array.from(old.querySelectorAll("*")))
      .filter(function (node) { return node.scrollTop || node.scrollLeft; })
      .map(function (node) { return { node: node, top: node.scrollTop, left: node.scrollLeft }; });

    mergeNode(old, fresh);

    scrolled.forEach(function (one) {
      if (one.node.scrollTop !== one.top) one.node.scrollTop = one.top;
      if (one.node.scrollLeft !== one.left) one.node.scrollLeft = one.left;
    });
    if (!within || document.activeElement === active) return;
    const target = old.contains(active) ? active : twin(old, within.key) || old;
    if (target === old && !old.hasAttribute("tabindex")) old.tabIndex = -1;
    target.focus({ preventScroll: true });
    if (target === active && within.caret && within.caret[0] !== null) {
      active.setSelectionRange(within.caret[0], within.caret[1], within.caret[2]);
    }
  };

  window.groundworkTyping = { dirty: dirty, mark: mark, writing: writing, typed: typed };
})();
