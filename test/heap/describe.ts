/**
 * A description of a graph as text, made inside a context without the codec: identity, kinds, prototypes, keys in order,
 * attributes, hidden state. Two graphs that a script cannot tell apart have the same text.
 */
export const DESCRIBE = String.raw`
const describeGraph = (() => {
  const { registry, slots, records } = heap;
  const get = (prototype, key) => { const { get: getter } = Object.getOwnPropertyDescriptor(prototype, key); return (v) => getter.call(v); };
  const bufferOf = { typed: get(Object.getPrototypeOf(Int8Array.prototype), "buffer"), data: get(DataView.prototype, "buffer") };
  const tagOf = get(Object.getPrototypeOf(Int8Array.prototype), Symbol.toStringTag);
  const memory = {};
  for (const key of ["detached", "resizable", "maxByteLength"]) memory[key] = get(ArrayBuffer.prototype, key);
  const place = (v, key) => get(tagOf(v) === undefined ? DataView.prototype : Object.getPrototypeOf(Int8Array.prototype), key)(v);
  const brands = [
    ["Map", (v) => [...Map.prototype.entries.call(v)]],
    ["Set", (v) => [...Set.prototype.values.call(v)]],
    ["Date", (v) => Date.prototype.getTime.call(v)],
    ["RegExp", (v) => RegExp.prototype.toString.call(v)],
    ["ArrayBuffer", (v) => memory.detached(v) ? "detached" : [memory.resizable(v), memory.maxByteLength(v), [...new Uint8Array(v)].join()]],
    ["Number", (v) => Number.prototype.valueOf.call(v)],
    ["String", (v) => String.prototype.valueOf.call(v)],
    ["Boolean", (v) => Boolean.prototype.valueOf.call(v)],
    ["BigInt", (v) => BigInt.prototype.valueOf.call(v)],
    ["Symbol", (v) => Symbol.prototype.valueOf.call(v)],
  ].map(([name, read]) => [name, read, name === "RegExp"
    ? (v) => Object.getOwnPropertyDescriptor(RegExp.prototype, "global").get.call(v)
    : name === "ArrayBuffer" ? (v) => Object.getOwnPropertyDescriptor(ArrayBuffer.prototype, "byteLength").get.call(v)
    : name === "Map" || name === "Set" ? (v) => Object.getOwnPropertyDescriptor(globalThis[name].prototype, "size").get.call(v)
    : read]);
  const intrinsics = new Map();
  {
    const queue = [["globalThis", globalThis]];
    for (let i = 0; i < queue.length; i++) {
      const [path, value] = queue[i];
      if (intrinsics.has(value) || path.startsWith("globalThis.test")) continue;
      intrinsics.set(value, path);
      for (const key of Reflect.ownKeys(value)) {
        const d = Reflect.getOwnPropertyDescriptor(value, key);
        for (const part of [d.value, d.get, d.set]) {
          if (part !== null && (typeof part === "object" || typeof part === "function")) queue.push([path + "." + String(key), part]);
        }
      }
      const p = Reflect.getPrototypeOf(value);
      if (p !== null) queue.push([path + ".__proto__", p]);
    }
  }
  return (root) => {
    const ids = new Map();
    const queue = [];
    const name = (v) => {
      if (typeof v === "string") return JSON.stringify(v);
      if (typeof v === "symbol") {
        if (Symbol.keyFor(v) !== undefined || Object.getOwnPropertyNames(Symbol).some((k) => Symbol[k] === v)) return String(v);
        if (!ids.has(v)) ids.set(v, ids.size);
        return "symbol#" + ids.get(v) + String(v);
      }
      if (typeof v === "bigint") return v + "n";
      if (v === null || (typeof v !== "object" && typeof v !== "function")) return Object.is(v, -0) ? "-0" : String(v);
      if (v === registry.TDZ) return "TDZ";
      if (intrinsics.has(v)) return intrinsics.get(v);
      if (!ids.has(v)) { ids.set(v, ids.size); queue.push(v); }
      return "#" + ids.get(v);
    };
    name(root);
    const lines = [name(root)];
    for (let i = 0; i < queue.length; i++) {
      const v = queue[i];
      if (slots.ProxySlot.has(v)) {
        lines.push("#" + ids.get(v) + " proxy " + typeof v + " of " + name(slots.ProxySlot.target(v)) + " by " + name(slots.ProxySlot.handler(v)));
        continue;
      }
      let line = "#" + ids.get(v) + " " + (typeof v === "function" ? "function" : Array.isArray(v) ? "array" : Error.isError(v) ? "error" : "object");
      line += " proto " + name(Reflect.getPrototypeOf(v)) + (Reflect.isExtensible(v) ? "" : " fixed");
      for (const [brand, read, probe] of brands) {
        try { probe(v); } catch { continue; }
        const inner = read(v);
        line += " " + brand + "(" + (Array.isArray(inner) ? inner.flat().map(name).join(", ") : name(inner)) + ")";
      }
      const isView = ArrayBuffer.isView(v), isTyped = isView && tagOf(v) !== undefined;
      if (isView) {
        const buffer = bufferOf[isTyped ? "typed" : "data"](v), gone = memory.detached(buffer);
        line += " view " + tagOf(v) + " " + name(buffer) + " " + (gone ? 0 : place(v, "byteOffset")) + " " + (gone ? 0 : place(v, "byteLength"));
      }
      if (slots.PromiseSlot.has(v)) { const s = slots.PromiseSlot.of(v); line += " promise " + s.status + s.handled + name(s.payload); }
      if (slots.RecordSlot.has(v)) line += " record " + name(slots.RecordSlot.get(v));
      if (slots.SegmentsSlot.has(v)) line += " segments of " + name(slots.SegmentsSlot.segmenter(v)) + name(slots.SegmentsSlot.text(v));
      if (slots.IntlSlot.has(v)) {
        const proto = Intl[["DateTimeFormat", "NumberFormat", "Collator", "PluralRules", "RelativeTimeFormat", "ListFormat", "Locale", "DisplayNames", "Segmenter", "DurationFormat"][slots.IntlSlot.kind(v)]].prototype;
        line += " intl " + slots.IntlSlot.kind(v) + (proto.resolvedOptions ? JSON.stringify(proto.resolvedOptions.call(v)) : proto.toString.call(v)) + name(slots.IntlSlot.bound(v));
      }
      if (slots.GeneratorSlot.has(v)) line += " generator " + name(slots.GeneratorSlot.get(v));
      if (slots.BoundSlot.has(v)) line += " bound " + name(slots.BoundSlot.target(v)) + name(slots.BoundSlot.receiver(v)) + slots.BoundSlot.makerArguments(v).map(name);
      if (slots.FunctionSlot.has(v)) line += " definition " + slots.FunctionSlot.definition(v).index + " over " + slots.FunctionSlot.scopes(v).map(name);
      if (slots.ClassSlot.has(v)) line += " class " + slots.ClassSlot.index(v) + " of " + slots.ClassSlot.makerArguments(v).map(name);
      registry.privateNames.forEach((p, n) => { if (p.has(v)) line += " private " + n + "=" + name(p.get(v)); });
      const own = isTyped ? Reflect.ownKeys(v).filter((k) => typeof k === "symbol" || isNaN(+k)) : Reflect.ownKeys(v);
      if (isTyped) line += " [" + Array.from({ length: place(v, "length") }, (_, n) => name(v[n])) + "]";
      for (const key of own) {
        const d = Reflect.getOwnPropertyDescriptor(v, key);
        if ("d" === key && d.value?.step !== undefined) { line += " d=" + d.value.index; continue; }
        if ("native" === key && v instanceof records.CollectionCursor) { line += " position=" + heap.cursorPosition(v); continue; }
        line += " " + name(key) + (d.enumerable ? "e" : "") + (d.configurable ? "c" : "") + (d.writable ? "w" : "");
        line += "value" in d ? "=" + name(d.value) : " get " + name(d.get) + " set " + name(d.set);
        if (key === "stack" && "get" in d) line += JSON.stringify(v.stack);
      }
      lines.push(line);
    }
    return lines.join("\n");
  };
})();
undefined;
`;
