// A text adventure: rooms and things with private state, coroutine dialogues, commands as a table.
const pause = async () => {
  await null;
  await null;
  return null;
};

type Dir = "n" | "s" | "e" | "w";
abstract class Thing {
  static #count = 0;
  readonly #id = ++Thing.#count;
  #tags = new Set<symbol>();
  readonly name: string;
  protected constructor(name: string) {
    this.name = name;
  }
  get id() {
    return this.#id;
  }
  tag(...t: symbol[]) {
    t.forEach((x) => this.#tags.add(x));
    return this;
  }
  has(t: symbol) {
    return this.#tags.has(t);
  }
  static compare(a: Thing, b: Thing) {
    return a.#id - b.#id;
  }
  static get count() {
    return Thing.#count;
  }
  abstract look(): string;
  toString() {
    return `${this.constructor.name}#${this.#id}(${this.name})`;
  }
}
const LOCKED = Symbol("locked"),
  HEAVY = Symbol("heavy");
class Item extends Thing {
  static make(name: string) {
    return new Item(name);
  }
  look() {
    return `a ${this.has(HEAVY) ? "heavy " : ""}${this.name}`;
  }
}
class Room extends Thing {
  readonly exits: Partial<Record<Dir, Room>> = Object.create(null);
  items = new Map<string, Item>();
  onEnter: ((this: Room, p: Player) => AsyncGenerator<string, void, string>) | undefined;
  constructor(name: string, onEnter?: (this: Room, p: Player) => AsyncGenerator<string, void, string>) {
    super(name);
    this.onEnter = onEnter;
  }
  join(d: Dir, r: Room) {
    this.exits[d] = r;
    r.exits[({ n: "s", s: "n", e: "w", w: "e" } as const)[d]] = this;
    return r;
  }
  look() {
    return `${this.name}: ${
      [...this.items.values()]
        .sort(Thing.compare)
        .map((i) => i.look())
        .join(", ") || "nothing"
    }; exits ${Object.keys(this.exits).sort()}`;
  }
}
class Player extends Thing {
  #at: Room;
  static #secret = (p: Player) => p.#at.name.length;
  bag = new Map<string, Item>();
  constructor(name: string, at: Room) {
    super(name);
    this.#at = at;
  }
  get at() {
    return this.#at;
  }
  async go(d: Dir) {
    const to = this.#at.exits[d];
    if (!to) throw new RangeError(`no way ${d}`);
    if (to.has(LOCKED) && !this.bag.has("key")) return "locked";
    await null;
    this.#at = to;
    return to.look();
  }
  look() {
    return `you, secret ${Player.#secret(this)}`;
  }
  take(n: string) {
    const i = this.#at.items.get(n);
    if (!i) return false;
    if (i.has(HEAVY) && this.bag.size > 0) return "too heavy";
    this.#at.items.delete(n);
    this.bag.set(n, i);
    return true;
  }
}
const commands = {
  async look(g: Game) {
    return g.player.at.look();
  },
  async go(g: Game, d: Dir) {
    const r = await g.player.go(d);
    if (r !== "locked") await g.enter();
    return r;
  },
  async take(g: Game, n: string) {
    return g.player.take(n);
  },
  async bag(g: Game) {
    return [...g.player.bag.keys()].join() || "empty";
  },
  async wait(g: Game, n = "1") {
    for (let i = 0; i < +n; i++) {
      g.turn++;
      await g.tick();
    }
    return `turn ${g.turn}`;
  },
} satisfies Record<string, (g: Game, ...a: any[]) => Promise<unknown>>;
class Game {
  turn = 0;
  readonly log: string[] = [];
  #dialogue: AsyncGenerator<string, void, string> | null = null;
  readonly player: Player;
  readonly tick: () => Promise<unknown>;
  constructor(player: Player, tick: () => Promise<unknown>) {
    this.player = player;
    this.tick = tick;
  }
  async enter() {
    const f = this.player.at.onEnter;
    if (!f) return;
    this.#dialogue = f.call(this.player.at, this.player);
    const { value } = await this.#dialogue.next();
    if (value) this.log.push(`"${value}"`);
  }
  async input(line: string): Promise<void> {
    this.turn++;
    out: try {
      if (this.#dialogue) {
        const { value, done } = line === "leave" ? await this.#dialogue.return() : await this.#dialogue.next(line);
        this.log.push(done ? "(end)" : `"${value}"`);
        if (done) this.#dialogue = null;
        break out;
      }
      const [verb, ...args] = line.split(" ");
      const f = commands[verb as keyof typeof commands] as ((...a: any[]) => Promise<unknown>) | undefined;
      if (!Object.hasOwn(commands, verb!)) {
        this.log.push(`what is ${verb}?`);
        break out;
      }
      this.log.push(String(await f!(this, ...args)));
    } catch (e) {
      this.log.push(`! ${(e as Error).message}`);
    } finally {
      await this.tick();
      this.log.push(`-- ${this.turn}`);
    }
  }
}
export async function main() {
  const before = Thing.count;
  const hall = new Room("hall"),
    cellar = new Room("cellar").tag(LOCKED) as Room;
  const garden = hall.join(
    "e",
    new Room("garden", async function* (this: Room, p: Player) {
      try {
        const name = yield `who are you, ${p.name}?`;
        await pause();
        let n = 0;
        while (n < 2) {
          const answer: string = yield `${name}, riddle ${++n}?`;
          if (answer === "hint") {
            yield* (async function* () {
              yield "hint one";
              await pause();
              yield "hint two";
            })();
            continue;
          }
          if (answer === "42") {
            this.items.set("key", Item.make("key"));
            return;
          }
        }
        yield "go away";
      } finally {
        await pause();
        p.tag(HEAVY);
      }
    }),
  );
  hall.join("s", cellar);
  hall.items.set("lamp", Item.make("lamp"));
  hall.items.set("anvil", Item.make("anvil").tag(HEAVY) as Item);
  const g = new Game(new Player("Zoe", hall), pause);
  for (const line of [
    "look",
    "take lamp",
    "take anvil",
    "go s",
    "go n",
    "toString",
    "go e",
    "Zoe",
    "hint",
    "x",
    "y",
    "42",
    "look",
    "take key",
    "go w",
    "go s",
    "look",
    "bag",
    "wait 3",
  ])
    await g.input(line);
  return [
    g.log,
    `${g.player}`.replace(/\d+/, "N"),
    g.player.has(HEAVY),
    g.player.look(),
    Thing.count - before,
    garden.exits.w === hall,
  ];
}
