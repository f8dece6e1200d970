// Private names, accessors, statics, inheritance, super in methods and arrows, classes made in a function.
class Account {
  static #count = 0;
  static readonly kinds = ["plain"];
  #balance: number;
  #history: number[] = [];
  owner = "nobody";

  constructor(balance: number) {
    this.#balance = balance;
    Account.#count++;
  }

  static get count() {
    return Account.#count;
  }

  static isAccount(value: object) {
    return #balance in value;
  }

  get balance() {
    return this.#balance;
  }

  set balance(to: number) {
    this.#note(to - this.#balance);
    this.#balance = to;
  }

  #note(change: number) {
    this.#history.push(change);
  }

  async deposit(amount: number) {
    await null;
    this.balance += amount;
    return () => this.#history.map((change) => change * 2);
  }

  describe() {
    return `${this.constructor.name} ${this.owner} ${this.#balance}`;
  }
}

class Savings extends Account {
  rate = 2;
  #bonus = (amount: number) => amount * this.rate;

  override async deposit(amount: number) {
    const history = await super.deposit(this.#bonus(amount));
    const viaArrow = (() => super.describe())();
    return () => [...history(), viaArrow] as never;
  }

  override describe() {
    return `savings of ${super.describe()}`;
  }

  static {
    Savings.kinds.push("savings");
  }
}

function makeClass(prefix: string) {
  let made = 0;
  return class Tagged {
    static prefix = prefix;
    tag: string;
    constructor() {
      this.tag = `${prefix}${++made}`;
    }
    async *[Symbol.asyncIterator]() {
      for (let n = 0; n < 2; n++) yield `${this.tag}.${n}`;
    }
    toJSON() {
      return this.tag;
    }
  };
}

export async function main() {
  const savings = new Savings(10);
  savings.owner = "ada";
  const history = await savings.deposit(5);
  const A = makeClass("a");
  const B = makeClass("b");
  const tags = [new A(), new A(), new B()];
  const seen: string[] = [];
  for (const tagged of tags) for await (const part of tagged) seen.push(part);
  return [history(), savings.describe(), savings.balance, Account.count, Account.kinds, Account.isAccount(savings), Account.isAccount({}), tags, A.prefix, A !== (B as unknown), seen, A.name, Savings.name];
}
