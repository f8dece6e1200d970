// A renderer of components with hooks, keys, contexts and effects.
const pause = async () => {
  await null;
  await null;
  return null;
};

type Props = Record<string, any> & { children?: VNode[] };
type Component = ((p: Props) => VNode | string | null) & { displayName?: string };
interface VNode {
  type: string | Component | symbol;
  props: Props;
  key: string | number | null;
}
const Fragment = Symbol("Fragment");
const Suspense = Symbol.for("Suspense");
const h = (type: VNode["type"], props: Props | null, ...children: any[]): VNode => ({
  type,
  key: props?.key ?? null,
  props: Object.freeze({
    ...props,
    children: children
      .flat(Infinity)
      .filter((c) => c != null && c !== false)
      .map((c) => (typeof c === "object" ? c : h("#text", { value: String(c) }))),
  }),
});
interface Hook {
  state?: any;
  queue?: ((s: any) => any)[];
  deps?: any[];
  cleanup?: void | (() => void);
  effect?: () => void | (() => void);
}
class Fiber {
  hooks: Hook[] = [];
  children: Fiber[] = [];
  dirty = true;
  output = "";
  vnode: VNode;
  readonly parent: Fiber | null;
  readonly root: Root;
  constructor(vnode: VNode, parent: Fiber | null, root: Root) {
    this.vnode = vnode;
    this.parent = parent;
    this.root = root;
  }
}
let current: { fiber: Fiber; i: number } | null = null;
const hook = (): Hook => {
  const { fiber } = current!;
  return (fiber.hooks[current!.i++] ??= {});
};
function useState<T>(initial: T | (() => T)): [T, (v: T | ((s: T) => T)) => void] {
  const fiber = current!.fiber,
    k = hook();
  if (!("state" in k)) {
    k.state = typeof initial === "function" ? (initial as () => T)() : initial;
    k.queue = [];
  }
  for (const u of k.queue!.splice(0)) k.state = u(k.state);
  return [
    k.state,
    (v) => {
      k.queue!.push(typeof v === "function" ? (v as any) : () => v);
      for (let f: Fiber | null = fiber; f; f = f.parent) f.dirty = true;
      fiber.root.schedule();
    },
  ];
}
const changed = (a?: any[], b?: any[]) => !a || !b || a.some((x, i) => !Object.is(x, b[i]));
function useEffect(effect: () => void | (() => void), deps?: any[]) {
  const root = current!.fiber.root,
    k = hook();
  if (changed(k.deps, deps))
    root.effects.push(() => {
      k.cleanup?.();
      k.cleanup = effect();
    });
  k.deps = deps;
}
function useMemo<T>(f: () => T, deps: any[]): T {
  const k = hook();
  if (changed(k.deps, deps)) {
    k.state = f();
    k.deps = deps;
  }
  return k.state;
}
function createContext<T>(value: T) {
  const C = { stack: [value], Provider: ((p: Props) => h(Fragment, null, p.children)) as Component & { ctx?: any } };
  C.Provider.ctx = C;
  return C;
}
const useContext = <T>(c: { stack: T[] }) => c.stack.at(-1)!;
class Root {
  effects: (() => void)[] = [];
  fiber: Fiber;
  commits: string[] = [];
  #scheduled = false;
  #waiting: (() => void)[] = [];
  renders = 0;
  private readonly later: () => Promise<unknown>;
  constructor(vnode: VNode, later: () => Promise<unknown>) {
    this.later = later;
    this.fiber = new Fiber(vnode, null, this);
    this.schedule();
  }
  schedule() {
    if (this.#scheduled) return;
    this.#scheduled = true;
    void this.later().then(() => this.#flush());
  }
  #flush() {
    this.#scheduled = false;
    const html = this.#render(this.fiber, true);
    this.commits.push(html);
    for (const e of this.effects.splice(0)) e();
    if (!this.#scheduled) for (const w of this.#waiting.splice(0)) w();
  }
  settled() {
    return new Promise<void>((r) => {
      if (this.#scheduled) this.#waiting.push(r);
      else r();
    });
  }
  #render(f: Fiber, force: boolean): string {
    if (!f.dirty && !force) return f.output;
    f.dirty = false;
    this.renders++;
    const { type, props } = f.vnode;
    if (type === "#text")
      return (f.output = props.value.replace(/[<&]/g, (c: string) => ({ "<": "&lt;", "&": "&amp;" })[c]));
    let kids: VNode[] = props.children!;
    const ctx = (type as any).ctx;
    if (typeof type === "function") {
      current = { fiber: f, i: 0 };
      const r = type(props);
      current = null;
      kids = r == null ? [] : [typeof r === "string" ? h("#text", { value: r }) : r];
    }
    if (ctx) ctx.stack.push(props.value);
    try {
      const old = new Map(f.children.map((c, i) => [c.vnode.key ?? `#${i}`, c]));
      f.children = kids.map((v, i) => {
        const key = v.key ?? `#${i}`,
          was = old.get(key);
        if (was && was.vnode.type === v.type) {
          old.delete(key);
          was.dirty ||= was.vnode.props !== v.props;
          was.vnode = v;
          return was;
        }
        return new Fiber(v, f, this);
      });
      for (const gone of old.values()) this.#unmount(gone);
      const inner = f.children.map((c) => this.#render(c, false)).join("");
      return (f.output =
        typeof type === "string"
          ? `<${type}${Object.entries(props)
              .filter(([k, v]) => k !== "children" && k !== "key" && typeof v !== "function")
              .map(([k, v]) => ` ${k}="${v}"`)
              .join("")}>${inner}</${type}>`
          : inner);
    } finally {
      if (ctx) ctx.stack.pop();
    }
  }
  #unmount(f: Fiber) {
    for (const k of f.hooks) k.cleanup?.();
    f.children.forEach((c) => this.#unmount(c));
  }
}
const log: string[] = [];
const Theme = createContext("light");
const Item: Component = ({ id, onPick }) => {
  const [n, set] = useState(() => id * 10);
  const theme = useContext(Theme);
  useEffect(() => {
    log.push(`mount ${id}`);
    return () => {
      log.push(`unmount ${id}`);
    };
  }, [id]);
  handlers.set(id, () => {
    set((x: number) => x + 1);
    set((x: number) => x * 2);
    onPick(id);
  });
  return h("li", { class: theme }, id, ":", n);
};
const handlers = new Map<number, () => void>();
const App: Component = () => {
  const [ids, setIds] = useState([1, 2, 3]);
  const [dark, setDark] = useState(false);
  const [picked, pick] = useState<number | null>(null);
  const total = useMemo(() => ids.reduce((a, b) => a + b, 0), [ids]);
  api = { setIds, setDark };
  useEffect(() => {
    log.push(`picked ${picked}`);
  }, [picked]);
  return h(
    Theme.Provider,
    { value: dark ? "dark" : "light" },
    h(
      "ul",
      null,
      ids.map((id) => h(Item, { key: id, id, onPick: pick })),
    ),
    h(Fragment, null, total > 5 && "a<b", picked),
  );
};
App.displayName = "App";
let api!: { setIds: (v: any) => void; setDark: (v: any) => void };
export async function main() {
  const root = new Root(h(App, null), pause);
  await root.settled();
  await pause();
  handlers.get(2)!();
  await pause();
  await root.settled();
  api.setIds((ids: number[]) => [3, ...ids.filter((x) => x !== 3), 4]);
  api.setDark(true);
  await root.settled();
  await pause();
  handlers.get(4)!();
  api.setIds([4]);
  await root.settled();
  return [root.commits, log.splice(0), root.renders, App.displayName, Suspense.description, Theme.stack, handlers.size];
}
