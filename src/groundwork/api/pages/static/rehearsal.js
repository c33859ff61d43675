/* 预演进度：隔一会儿看一次，完成后重新显示整页。没有脚本时页面自己刷新。
   How far a rehearsal has come; without scripts the page reloads by itself. */
(function () {
  "use strict";
  function look() {
    fetch(location.href, { headers: { "X-Live": "1", Accept: "text/html" } }).then(function (answer) {
      return answer.ok ? answer.text() : Promise.reject();
    }).then(function (text) {
      var now = new DOMParser().parseFromString(text, "text/html").getElementById("rehearsal");
      var here = document.getElementById("rehearsal");
      if (!now || !here) return;
      if (/ready|failed/.test(now.dataset.state)) { location.reload(); return; }
      var bar = now.querySelector("progress"), mine = here.querySelector("progress");
      if (bar && mine) mine.value = bar.value;
      setTimeout(look, 1500);
    }).catch(function () { setTimeout(look, 5000); });
  }
  setTimeout(look, 1500);
})();
