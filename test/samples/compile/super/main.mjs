// `super` everywhere: in functions that suspend, in patterns, in arrow functions that are made before it returns or outlive it.

async function caseSuperOptionalCallInAsync(log) {
class B { m() { return this.v; } v = 1; } class A extends B { async f() { await 0; return [super.m?.(), super.x?.(), super.m?.call({v:5}), super.x?.y.z]; } *g() { yield super.m?.(); } }
log(await new A().f(), [...new A().g()]);
}

async function caseSuperTargetInAsync(log) {
class B { set p(v) { this.q = v; } } class A extends B { async f() { await 0; [super.p, super.z] = [1, 2]; ({ a: super.p = await 5, ...super.rest } = { b: 3 }); for (super.p of [9]) await 0; return [this.q, this.z, this.rest]; } }
log(await new A().f());
}

async function caseSuperTargetInArrow(log) {
class B { set p(v) { this.q = v; } } class A extends B { f() { const g = () => { [super.p] = [1]; super.w = 2; super.w += 3; return super.w; }; return [g(), this.q, this.w]; } static s() { return (() => super.toString === Function.prototype.toString)(); } }
log(new A().f(), A.s());
}

async function caseArrowBeforeSuperWithFieldInitialisers(log) {
class B { constructor(f) { this.early = f; } } class A extends B { x = this.early(); constructor() { super(() => typeof this); } } log(new A().x);
}

async function caseArrowThisBeforeSuperFields2(log) {
class B { constructor(f) { this.f = f; } } class A extends B { y = 1; x = this.f(); constructor() { const g = () => this.y; super(g); this.z = g(); } } const a = new A(); await 0; log(a.x, a.z, a.f());
}

async function caseArrowThisTdzBeforeSuper(log) {
class B { constructor(f) { f(); } } class A extends B { x = 1; constructor() { super(() => this.x); } } try { new A(); } catch (e) { log(e.name); }
}

async function caseSuperCallInArrow(log) {
class B { constructor(v) { this.v = v; } } class A extends B { x = this.v + 1; constructor(v) { const s = (w) => super(w); s(v); log(this.x, new.target === A); } } new A(3); await 0; new A(4);
}

async function caseSuperCallArrowOutlives(log) {
class B { constructor(v) { this.v = v; } } let saved; class A extends B { constructor(v) { saved = (w) => super(w); super(v); } } const a = new A(3); await 0; try { saved(9); } catch (e) { log(e.name); } log(a.v);
}

async function caseSuperTwice(log) {
class B { constructor(v) { log(v); } } class A extends B { constructor() { super(1); try { super(2); } catch (e) { log(e.name); } try { (() => super(3))(); } catch (e) { log(e.name); } } } new A();
}

async function caseNewTarget(log) {
function nt() { return (() => new.target)(); } class NT { constructor() { this.t = (() => new.target)(); } } class NU extends NT {} log(nt(), new nt() !== undefined, new NU().t === NU); async function an() { await 0; return new.target; } log(await an());
}

async function caseNestedConstructionWithEarlyArrows(log) {
class B { constructor(f, n) { this.f = f; if (n > 0) { this.inner = new A(n - 1); try { new A(-1); } catch (e) { log(e); } } if (n < 0) throw "thrown"; } } class A extends B { y = ["y", this.f()]; constructor(n) { const d = n; super(() => [d, typeof this, this.constructor.name], n); this.z = 1; } } const a = new A(2); await 0; log(a.y, a.inner.y, a.inner.inner.y, a.f(), Object.keys(a));
}

async function casePrivateAndEarly(log) {
const mk = (k) => { class B { constructor(f) { this.f = f; } } return class A extends B { #p = k; q = this.f(); static made = 0; constructor() { super(() => this.#p + A.made++); } get p() { return [this.#p, this.f()]; } }; }; const K = mk(5); const k = new K(); await 0; log(k.q, k.p, K.made);
}

async function caseSuperInArrowAfterEndClassNested(log) {
const mk = () => { let keep; class B { constructor(v) { log("B" + v); this.v = v; } } class A extends B { w = this.v; constructor(v) { keep = (x) => { super(x); return this; }; if (v) keep(v); else super(7); } static keep() { return keep; } } return A; }; const A = mk(); const a = new A(1); const b = new A(0); await 0; for (const f of [A.keep()]) { try { f(2); } catch (e) { log(e.name, e.message); } } log(a.w, b.w);
}

export async function main() {
  const all = [];
  for (const one of [caseSuperOptionalCallInAsync, caseSuperTargetInAsync, caseSuperTargetInArrow, caseArrowBeforeSuperWithFieldInitialisers, caseArrowThisBeforeSuperFields2, caseArrowThisTdzBeforeSuper, caseSuperCallInArrow, caseSuperCallArrowOutlives, caseSuperTwice, caseNewTarget, caseNestedConstructionWithEarlyArrows, casePrivateAndEarly, caseSuperInArrowAfterEndClassNested]) {
    const t = [];
    await one((...x) => {
      t.push(x.length === 1 ? x[0] : x);
      return x[0];
    });
    all.push([one.name, t]);
  }
  return all;
}
