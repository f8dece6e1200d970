(function (root, factory) {
  if (typeof define === "function" && define.amd) define([], factory);
  else if (typeof module === "object" && module.exports) module.exports = factory();
  else root.queue = factory();
})(this, function () {
  var made = 0, slice = Array.prototype.slice;
  function Queue(name) {
    if (!(this instanceof Queue)) return new Queue(name);
    this.name = name;
    this.items = [];
    this.handlers = {};
    made++;
  }
  Queue.prototype.push = function () {
    this.items.push.apply(this.items, slice.call(arguments));
    return this.items.length;
  };
  Queue.prototype.on = function (event, handler) {
    (this.handlers[event] || (this.handlers[event] = [])).push(handler);
  };
  Queue.prototype.emit = function (event) {
    var args = slice.call(arguments, 1), self = this;
    (this.handlers[event] || []).forEach(function (handler) { handler.apply(self, args); });
  };
  Queue.prototype.run = function (work) {
    var self = this, results = [];
    function next() {
      if (self.items.length === 0) {
        self.emit("drain", results.length);
        return results;
      }
      return Promise.resolve(self.items.shift()).then(work).then(function (value) {
        results.push(value);
        return next();
      });
    }
    return Promise.resolve().then(next);
  };
  Queue.prototype.label = function () {
    var swapped = (function (a) { arguments[0] = "mapped"; return a; })("plain");
    return this.name + " " + swapped + " " + (function () { return typeof this; })();
  };
  Queue.prototype.toString = function () { return "[Queue " + this.name + "]"; };
  return { create: Queue, count: function () { return made; }, version: "1.0" };
});
