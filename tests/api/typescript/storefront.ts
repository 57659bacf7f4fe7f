// What somebody writes who knows the generated types and nothing else.
import createClient from "openapi-fetch";
import type { components, paths } from "./shop.js";

declare const process: { env: Record<string, string | undefined> };

const shop = createClient<paths>({
  baseUrl: process.env.SERVER ?? "",
  headers: { Authorization: `Bearer ${process.env.TOKEN}` },
});

function place(sku: string) {
  const order: components["schemas"]["NewOrder"] = {
    lines: [{ sku, quantity: 2 }],
    payment_method: "pm_card_visa",
  };
  const header = { Prefer: "wait=20", "Idempotency-Key": `typescript-${sku}` };
  return shop.POST("/api/v1/orders", { body: order, params: { header } });
}

const placed = await place("MUG");
if (!placed.data) throw new Error(JSON.stringify(placed.error));
const read = await shop.GET("/api/v1/orders/{order_id}", {
  params: {
    path: { order_id: placed.data.id },
    header: { "Consistency-Token": placed.response.headers.get("Consistency-Token") ?? "" },
  },
});
if (!read.data) throw new Error(JSON.stringify(read.error));

const refused = await place("UNICORN");
if (refused.error?.type !== "/problems/unknown-sku") throw new Error(JSON.stringify(refused));
if (refused.error.errors?.[0]?.pointer !== "#/lines/0/sku") throw new Error("another pointer");

console.log(read.data.id, read.data.status);
