(function () {
  "use strict";
  // Everything is readable without this script; it only filters, opens and closes.
  function openFor(hash) {
    if (!hash) { return; }
    var target = document.getElementById(decodeURIComponent(hash.slice(1)));
    for (var node = target; node; node = node.parentElement) {
      if (node.tagName === "DETAILS") { node.open = true; }
    }
    if (target && target.scrollIntoView) { target.scrollIntoView(); }
  }
  window.addEventListener("hashchange", function () { openFor(location.hash); });
  openFor(location.hash);

  var form = document.getElementById("filter");
  if (form) {
    var rows = Array.prototype.slice.call(document.querySelectorAll(".finding"));
    var groups = Array.prototype.slice.call(document.querySelectorAll("#findings-section .group"));
    var count = document.getElementById("filter-count");
    var apply = function () {
      var shown = 0;
      var names = ["verdict", "severity", "act"];
      var active = names.some(function (n) { return form.elements[n].value; });
      rows.forEach(function (row) {
        var fits = names.every(function (n) {
          var wanted = form.elements[n].value;
          return !wanted || row.getAttribute("data-" + n) === wanted;
        });
        row.hidden = !fits;
        if (fits) { shown += 1; }
      });
      groups.forEach(function (group) {
        var any = group.querySelector(".finding:not([hidden])") !== null;
        group.hidden = active && !any;
        if (active && any && group.tagName === "DETAILS") { group.open = true; }
      });
      count.textContent = count.getAttribute("data-text")
        .replace("{shown}", String(shown)).replace("{total}", String(rows.length));
    };
    form.hidden = false;
    form.addEventListener("change", apply);
    form.addEventListener("submit", function (event) { event.preventDefault(); });
    apply();
  }

  var buttons = document.getElementById("buttons");
  if (buttons) {
    buttons.hidden = false;
    buttons.addEventListener("click", function (event) {
      var open = event.target.getAttribute && event.target.getAttribute("data-open");
      if (open === null || open === undefined) { return; }
      Array.prototype.forEach.call(document.querySelectorAll("details.evidence"), function (d) { d.open = Boolean(open); });
    });
  }

  // On paper every finding has to be there, whatever is closed on the screen.
  window.addEventListener("beforeprint", function () {
    Array.prototype.forEach.call(document.querySelectorAll("details.group, details.legend"), function (d) { d.open = true; });
  });
}());
