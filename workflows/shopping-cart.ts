/**
 * A shopping cart as one loop: it waits for a message to the suspension `main`, or for the customer to go quiet.
 *
 * The first silence sends a reminder to `ecommerce-reminder` (when an email address is known), the second ends the cart
 * as `"abandoned"`; `checkout` ends it with what was bought.
 */
import * as W from "kawait";

interface Item {
  readonly productId: string;
  quantity: number;
}

type Message =
  | { readonly type: "addToCart"; readonly item: Item }
  | { readonly type: "removeFromCart"; readonly item: Item }
  | { readonly type: "updateEmail"; readonly email: string }
  | { readonly type: "checkout" }
  | { readonly type: "getCart" }
  | { readonly type: "timeout" };

const DEFAULT_TIMEOUT_MS = 10_000;

for (const topic of ["ecommerce-reminder", "ecommerce-cart", "ecommerce-checkout-error", "workflow-scheduler"])
  W.config.outputTopics.add(topic);

async function timeout(ms: number): Promise<Message> {
  const due = W.suspend();
  const timerKey = `${W.threadId}|${JSON.stringify({ ref: due.id })}`;
  W.output(`${ms}`, "workflow-scheduler", timerKey);
  try {
    await due;
  } catch (error) {
    if (error instanceof W.CancelToken) W.output("0", "workflow-scheduler", timerKey);
    throw error;
  }
  return { type: "timeout" };
}

function add(items: Item[], { productId, quantity }: Item): void {
  const known = items.find((item) => item.productId === productId);
  if (known === undefined) items.push({ quantity, productId });
  else known.quantity += quantity;
}

function remove(items: Item[], { productId, quantity }: Item): void {
  const index = items.findIndex((item) => item.productId === productId);
  const known = items[index];
  if (known === undefined) return;
  known.quantity -= quantity;
  if (known.quantity <= 0) items.splice(index, 1);
}

export async function main({ abandonedCartTimeoutMS = DEFAULT_TIMEOUT_MS } = {}) {
  const items: Item[] = [];
  let email = "";
  let reminded = false;
  for (;;) {
    const message: Message = await W.anyWithCancel([W.suspend<Message>("main"), timeout(abandonedCartTimeoutMS)]);
    if (message.type !== "timeout") reminded = false;
    switch (message.type) {
      case "addToCart":
        add(items, message.item);
        break;
      case "removeFromCart":
        remove(items, message.item);
        break;
      case "updateEmail":
        email = message.email;
        break;
      case "getCart":
        W.outputJSON({ items, email }, "ecommerce-cart");
        break;
      case "checkout":
        if (email !== "" && items.length > 0) return { items, email };
        W.output(email === "" ? "an email address is needed" : "the cart is empty", "ecommerce-checkout-error");
        break;
      case "timeout":
        if (email === "" || reminded) return "abandoned";
        reminded = true;
        W.output(email, "ecommerce-reminder");
    }
  }
}
