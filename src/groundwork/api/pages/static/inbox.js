/* 收件箱的键盘操作：j、k 或上下箭头移动，回车打开，x 选择。
   Keys of an inbox: j and k or the arrows move, Enter opens, x selects. */
(function () {
  "use strict";
  document.addEventListener("keydown", function (event) {
    var at = event.target;
    if (event.ctrlKey || event.metaKey || event.altKey || /^(INPUT|TEXTAREA|SELECT)$/.test(at.tagName)) return;
    var rows = Array.prototype.slice.call(document.querySelectorAll("[data-row]"));
    var now = rows.findIndex(function (row) { return row.closest("tr").contains(document.activeElement); });
    var step = { j: 1, ArrowDown: 1, k: -1, ArrowUp: -1 }[event.key];
    /* 箭头只在行内起作用，否则照常滚动 Arrows scroll as usual until a row has the focus. */
    if (step && (now >= 0 || event.key === "j")) {
      var next = rows[Math.min(rows.length - 1, Math.max(0, now + step))];
      if (next) { event.preventDefault(); next.focus(); }
    }
    if (event.key === "x" && now >= 0) {
      var box = rows[now].closest("tr").querySelector("input[type=checkbox]");
      if (box) { event.preventDefault(); box.checked = !box.checked; }
    }
  });
})();
