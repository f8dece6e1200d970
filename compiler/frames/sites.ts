/**
 * Keys of the places where a frame can be saved: kind and path in the body's syntax tree, e.g. `await/body.0.init`.
 *
 * They are taken before anything is rewritten, and nodes that the compiler put in do not count in lists, so a key
 * depends on the author's text alone: migration of running threads stands on them (I6).
 */
import { types as t } from "@babel/core";
import type { Site } from "./listing.ts";

interface Place {
  readonly path: string;
  readonly order: number;
}

export class SitePlaces {
  readonly #places = new Map<t.Node, Place>();
  readonly #used = new Map<string, number>();
  readonly #root: t.Node;

  constructor(body: t.Node) {
    this.#root = body;
    this.#record(body, "");
  }

  /** The site of a kind at a node; several of one kind and node get `~n`. */
  at(node: t.Node, kind: string): Site {
    const place = this.#places.get(node) ?? { path: "", order: 0 };
    const name = `${kind}/${place.path}`;
    const count = this.#used.get(name) ?? 0;
    this.#used.set(name, count + 1);
    return { key: count === 0 ? name : `${name}~${count}`, order: place.order, node: node.loc ? node : this.#root };
  }

  #record(node: t.Node, path: string): void {
    this.#places.set(node, { path, order: this.#places.size });
    for (const key of t.VISITOR_KEYS[node.type] ?? []) {
      const value = (node as unknown as Record<string, t.Node | (t.Node | null)[] | null | undefined>)[key];
      const name = path === "" ? key : `${path}.${key}`;
      if (Array.isArray(value)) {
        let index = 0;
        for (const child of value) {
          if (!child) {
            index++;
            continue;
          }
          this.#record(child, `${name}.${index}`);
          if (child.loc) index++;
        }
      } else if (value) this.#record(value, name);
    }
  }
}
