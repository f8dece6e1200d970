// A fresh binding per iteration, in every kind of loop, with and without awaits; labels; closures in heads.
export async function main() {
  const fs: (() => unknown)[] = [];
  for (let i = 0; i < 3; i++) {
    fs.push(() => i);
    await null;
    i += 0;
  }
  for (let i = 0, read = () => i; i < 2; i++) {
    fs.push(read);
    fs.push(() => i++);
  }
  for (const key in { a: 1, b: 2 }) {
    await null;
    fs.push(() => key);
  }
  for (const [name, { deep = name }] of [["x", {}], ["y", { deep: "z" }]] as [string, { deep?: string }][]) {
    await null;
    fs.push(() => name + deep);
  }
  let w = 0;
  while (w < 2) {
    const at = w++;
    fs.push(() => at * 10);
    if (at === 0) continue;
    await null;
  }
  do {
    let inner = w;
    fs.push(() => inner++);
    await null;
    fs.push(() => inner);
  } while (w-- > 1);
  const path: string[] = [];
  outer: for (const a of [1, 2, 3]) {
    for (const b of [1, 2, 3]) {
      await null;
      if (b === a) continue outer;
      if (a === 3) break outer;
      path.push(`${a}${b}`);
    }
  }
  switch (await w) {
    case 0: {
      let local = "zero";
      fs.push(() => local);
      await null;
      local += "!";
    }
    // falls through
    case 1:
      path.push("one");
      break;
    default:
      path.push("other");
  }
  var hoisted = 1;
  let inBlock: () => number;
  {
    var hoisted = 2;
    function local() {
      return hoisted++;
    }
    inBlock = local;
  }
  return [fs.map((f) => f()), path, inBlock(), w];
}
