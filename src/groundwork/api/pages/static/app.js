/* 各页共用的小功能；没有脚本时页面照常可用。
   Small conveniences of every page; without scripts all pages work as well. */
(function () {
  "use strict";

  /* 错误摘要先得到焦点 Whoever made a mistake is taken to it. */
  var first = document.querySelector("[data-focus]");
  if (first) first.focus();

  /* 进行中的长任务：过几秒再看 A long task: look again in some seconds. */
  var again = document.querySelector("[data-refresh]");
  if (again) setTimeout(function () { location.replace(again.getAttribute("data-refresh")); }, 2000);

  /* 快捷键 Keys: / finds. */
  document.addEventListener("keydown", function (event) {
    var at = event.target;
    if (event.ctrlKey || event.metaKey || event.altKey || /^(INPUT|TEXTAREA|SELECT)$/.test(at.tagName)) return;
    var find = document.getElementById("find");
    if (event.key === "/" && find) { event.preventDefault(); find.focus(); }
  });

  /* 倒计时 Seconds until something held is sent. */
  setInterval(function () {
    document.querySelectorAll("[data-countdown]").forEach(function (one) {
      var rest = Math.max(0, Math.round((new Date(one.getAttribute("datetime")) - Date.now()) / 1000));
      one.dataset.rest = rest;
      one.title = rest + " s";
    });
  }, 1000);

  /* 全选 One box for all boxes of a list. */
  document.addEventListener("change", function (event) {
    var name = event.target.getAttribute && event.target.getAttribute("data-all");
    if (!name) return;
    document.querySelectorAll("input[type=checkbox][name=" + JSON.stringify(name) + "]").forEach(function (box) {
      if (!box.disabled) box.checked = event.target.checked;
    });
  });

  document.querySelectorAll("[data-copy]").forEach(function (button) {
    button.hidden = false;
    button.addEventListener("click", function () {
      var done = function () { button.textContent = button.getAttribute("data-copied"); };
      if (navigator.clipboard) navigator.clipboard.writeText(button.getAttribute("data-copy")).then(done);
    });
  });
  document.querySelectorAll("[data-print]").forEach(function (button) {
    button.hidden = false;
    button.addEventListener("click", function () { window.print(); });
  });

  /* 草稿：未提交的内容存在本浏览器的会话里，提交后删除。
     Drafts: what is typed and not sent stays in this browser's session. */
  var OURS = { csrf: 1, nonce: 1, next: 1, token: 1 };
  function place(form) { return "draft:" + location.pathname + ":" + (form.id || form.getAttribute("action") || "") + ":" + (form.getAttribute("data-draft") || ""); }
  function typed(form) {
    return Array.prototype.filter.call(form.elements, function (one) {
      return one.name && !OURS[one.name] && !/^(hidden|password|file|submit|button)$/.test(one.type) && one.tagName !== "BUTTON";
    });
  }
  function note(form, many) {
    if (form.querySelector(".draft") || !many) return;
    var p = document.createElement("p"), button = document.createElement("button");
    p.className = "draft note"; p.textContent = document.body.dataset.draftRestored + " ";
    button.type = "button"; button.textContent = document.body.dataset.draftDrop;
    button.addEventListener("click", function () { sessionStorage.removeItem(place(form)); form.reset(); form.removeAttribute("data-dirty"); p.remove(); });
    p.appendChild(button); form.insertBefore(p, form.firstChild);
  }
  document.querySelectorAll("form[data-draft]").forEach(function (form) {
    var kept = null, restored = 0;
    try { kept = JSON.parse(sessionStorage.getItem(place(form))); } catch (error) { kept = null; }
    if (kept && !document.querySelector(".mistakes")) {
      typed(form).forEach(function (one, at) {
        var value = kept[one.name + ":" + at];
        if (value === undefined) return;
        if (/^(checkbox|radio)$/.test(one.type)) { if (one.checked !== value) { one.checked = value; restored++; } }
        else if (one.value !== value) { one.value = value; restored++; }
      });
      if (restored) form.setAttribute("data-dirty", "");
      note(form, restored);
    }
    form.addEventListener("input", function () {
      var now = {};
      form.setAttribute("data-dirty", "");
      typed(form).forEach(function (one, at) { now[one.name + ":" + at] = /^(checkbox|radio)$/.test(one.type) ? one.checked : one.value; });
      try { sessionStorage.setItem(place(form), JSON.stringify(now)); } catch (error) { /* full, or not allowed */ }
    });
  });
  /* 出错后再次显示的表单不算已提交 A form that comes back with mistakes was not sent. */
  var sent = Object.keys(sessionStorage).filter(function (key) { return key.indexOf("draft-sent:") === 0; });
  if (document.querySelector(".flash[role=status]")) sent.forEach(function (key) { sessionStorage.removeItem(key.slice(11)); sessionStorage.removeItem(key); });
  else if (document.querySelector(".mistakes, [data-refused]")) sent.forEach(function (key) { sessionStorage.removeItem(key); });
  document.addEventListener("submit", function (event) {
    var form = event.target;
    if (form.method === "post" && form.hasAttribute("data-draft")) {
      try { sessionStorage.setItem("draft-sent:" + place(form), "1"); } catch (error) { /* as above */ }
    }
    /* 防止重复点击；返回时恢复 No second click while it is on its way; fresh again after Back. */
    if (form.method === "post") setTimeout(function () {
      form.querySelectorAll("button:not([type=button])").forEach(function (b) { b.setAttribute("aria-busy", "true"); b.disabled = true; });
    });
  });
  window.addEventListener("pageshow", function () {
    document.querySelectorAll("button[aria-busy]").forEach(function (b) { b.removeAttribute("aria-busy"); b.disabled = false; });
  });
})();
