/* 分段续传：断网后从已收到的位置继续；没有脚本时整份提交表单。
   Uploads in parts that go on where a broken line left them; without scripts the form is sent whole. */
(function () {
  "use strict";
  var form = document.getElementById("upload");
  if (!form || !form.dataset.uploads || !window.fetch) return;
  var files = form.querySelector("input[type=file]"), list = form.querySelector(".uploads");
  var PART = 1048576, base = form.dataset.uploads;

  function hex(buffer) { return Array.prototype.map.call(new Uint8Array(buffer), function (b) { return ("0" + b.toString(16)).slice(-2); }).join(""); }
  function text(name) { return form.dataset["text" + name]; }
  function pause(seconds) { return new Promise(function (go) { setTimeout(go, seconds * 1000); }); }
  function ask(method, path, body, headers) {
    return fetch(base + path, { method: method, body: body, headers: Object.assign({ "X-CSRF-Token": form.dataset.mark, Accept: "application/json", "Accept-Language": document.documentElement.lang }, headers) });
  }
  function told() {
    var said = {}, filing = form.elements.filing.value, at = filing.indexOf(":");
    if (at > 0) said[filing.slice(0, at)] = filing.slice(at + 1);
    ["title", "part"].forEach(function (name) { var one = form.elements[name]; if (one && one.value.trim()) said[name] = one.value.trim(); });
    return said;
  }
  /* 没有 crypto.subtle（非 https）时由服务器计算 Where crypto.subtle is missing the server reckons it */
  function digest(file) {
    if (!window.crypto || !crypto.subtle) return Promise.resolve(null);
    return file.arrayBuffer().then(function (all) { return crypto.subtle.digest("SHA-256", all); }).then(hex, function () { return null; });
  }
  function name(file, sha, said) {
    var mark = JSON.stringify([base, file.name, file.size, file.lastModified, sha, said]), sum = 0, other = 7;
    for (var i = 0; i < mark.length; i++) { sum = (sum * 31 + mark.charCodeAt(i)) >>> 0; other = (other * 131 + mark.charCodeAt(i)) >>> 0; }
    /* 同一文件同一天可以续传 The same file is found again within the day */
    return "web." + new Date().toISOString().slice(0, 10) + "." + sum.toString(36) + "." + other.toString(36) + "." + file.size;
  }
  function row(file) {
    var item = document.createElement("li"), label = document.createElement("span"), bar = document.createElement("progress"), note = document.createElement("span");
    label.textContent = file.name; bar.max = Math.max(1, file.size); bar.value = 0; bar.setAttribute("aria-label", file.name);
    item.appendChild(label); item.appendChild(bar); item.appendChild(note); list.appendChild(item);
    return { note: function (words, wrong) { note.textContent = words; note.className = wrong ? "error" : ""; }, at: function (n) { bar.value = n; } };
  }
  function detail(answer) { return answer.json().then(function (p) { var more = (p.errors || []).map(function (e) { return e.detail; }).join("；"); return more || p.detail; }, function () { return text("Failed"); }); }

  function send(file) {
    var line = row(file), said = told(), key, upload;
    line.note(text("Hash"));
    function refuse(answer) { return detail(answer).then(function (words) { line.note(words, true); return false; }); }
    function begin(sha) {
      var body = Object.assign({ file_name: file.name, size: file.size }, said);
      if (sha) body.sha256 = sha;
      key = name(file, sha, said);
      return ask("POST", "", JSON.stringify(body), { "Content-Type": "application/json", "Idempotency-Key": key });
    }
    function wait() { line.note(text("Wait")); return pause(3).then(function () { return ask("GET", "/" + upload.id); }).then(function (a) { return a.ok ? a.json() : Promise.reject(); }).then(function (now) { upload.received = now.received; }, function () { return null; }); }
    function parts() {
      if (upload.received >= file.size) return Promise.resolve(true);
      line.note(text("Send")); line.at(upload.received);
      var end = Math.min(file.size, upload.received + Math.min(PART, upload.largest_part));
      return ask("PATCH", "/" + upload.id, file.slice(upload.received, end), { "Content-Type": "application/octet-stream", "Upload-Offset": String(upload.received), "Idempotency-Key": key + ".p" }).then(function (answer) {
        if (answer.ok || answer.status === 409) return answer.json().then(function (now) { upload.received = now.received; return parts(); });
        if (answer.status >= 500) return wait().then(parts);
        return refuse(answer);
      }, function () { return wait().then(parts); });
    }
    function finish() {
      line.at(file.size);
      return ask("POST", "/" + upload.id + "/finish", null, { "Idempotency-Key": key + ".f" }).then(function (answer) {
        if (!answer.ok) return refuse(answer);
        return answer.json().then(function (done) { line.note(done.already ? text("Known") : text("Done")); return true; });
      });
    }
    return digest(file).then(begin).then(function (answer) {
      if (!answer.ok) return refuse(answer);
      return answer.json().then(function (now) {
        upload = now;
        if (now.state === "finished") { line.at(file.size); line.note(now.already ? text("Known") : text("Done")); return true; }
        return parts().then(function (ok) { return ok && finish(); });
      });
    }).catch(function () { line.note(text("Failed"), true); return false; });
  }

  form.addEventListener("submit", function (event) {
    if (!files.files.length) return;
    event.preventDefault(); event.stopImmediatePropagation();
    var button = form.querySelector("button.primary"), every = Array.prototype.slice.call(files.files), fine = true;
    button.disabled = true; list.textContent = "";
    every.reduce(function (before, file) { return before.then(function () { return send(file); }).then(function (ok) { fine = fine && ok; }); }, Promise.resolve()).then(function () {
      button.disabled = false; files.value = "";
      if (!fine) return;
      var here = new URL(location.href);
      here.searchParams.delete("filing"); here.hash = "";
      location.assign(here);
    });
  }, true);
  ["dragover", "drop"].forEach(function (kind) {
    form.addEventListener(kind, function (event) {
      if (!event.dataTransfer || Array.prototype.indexOf.call(event.dataTransfer.types, "Files") < 0) return;
      event.preventDefault();
      if (kind === "drop") files.files = event.dataTransfer.files;
    });
  });
})();
