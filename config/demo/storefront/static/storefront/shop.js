// The storefront: it knows nothing but the API. See docs/api.md.

const API = "/api/v1";
const TOKEN = document.body.dataset.token;
const OVER = new Set(["cancelled", "fulfilled"]);
const WAIT = 20; // seconds; the API waits no longer

const at = (id) => document.getElementById(id);
const pause = (seconds) => new Promise((done) => setTimeout(done, 1000 * seconds));
const inWords = (code) => code.replaceAll("_", " ");

class Refused extends Error {}

async function ask(path, { body, headers = {}, ...options } = {}) {
  const answer = await fetch(API + path, {
    ...options,
    method: body ? "POST" : "GET",
    body: body && JSON.stringify(body),
    credentials: "omit",
    headers: {
      Authorization: `Bearer ${TOKEN}`,
      ...(body && { "Content-Type": "application/json", "Idempotency-Key": crypto.randomUUID() }),
      ...headers,
    },
  });
  if (answer.status >= 400) {
    const problem = await answer.json();
    throw new Refused(problem.detail ?? problem.title);
  }
  return answer;
}

function money(amount, currency) {
  const format = new Intl.NumberFormat("en", { style: "currency", currency });
  return format.format(amount / 10 ** format.resolvedOptions().maximumFractionDigits);
}

function element(name, text = "", properties = {}) {
  return Object.assign(document.createElement(name), { textContent: text }, properties);
}

function row(...cells) {
  const made = element("tr");
  for (const cell of cells) {
    const place = element("td");
    place.append(cell);
    made.append(place);
  }
  return made;
}

function units(label, most) {
  const field = element("input", "", { type: "number", min: 0, max: most, value: 0 });
  field.setAttribute("aria-label", label);
  return field;
}

// ---- goods

const chosen = new Map(); // the field with the units of each product, by SKU

async function showGoods() {
  for (let next = "/products?page_size=100"; next; ) {
    const page = await (await ask(next)).json();
    for (const product of page.results) {
      const field = units(`Units of ${product.name}`, 999);
      const price = product.prices?.[0] ?? product;
      chosen.set(product.sku, { field, ...price });
      field.addEventListener("input", showTotal);
      at("goods").append(row(product.name, money(price.unit_price, price.currency), field));
    }
    next = page.next ? page.next.slice(page.next.indexOf(API) + API.length) : null;
  }
}

function basket() {
  return [...chosen]
    .map(([sku, { field }]) => ({ sku, quantity: Number(field.value) }))
    .filter((line) => line.quantity > 0);
}

let asking = null; // for the price of what is chosen now

// Ask what the basket costs, with shipping, tax and voucher; an order with the quote costs just that.
function showTotal() {
  const lines = basket();
  const code = at("voucher").value.trim();
  const own = lines.length
    ? ask("/quotes", { body: { lines, ...(code && { vouchers: [code] }) } }).then((it) => it.json())
    : Promise.resolve(null);
  asking = own;
  own.then(
    (quote) => asking === own && showQuote(quote),
    (refusal) => asking === own && showQuote(null, refusal.message),
  );
}

function showQuote(quote, problem = "") {
  at("problem").textContent = problem;
  at("total").textContent = quote ? money(quote.amount, quote.currency) : "nothing yet";
  at("adjustments").replaceChildren(
    ...(quote?.adjustments ?? []).map((each) => {
      const amount = money(each.amount, quote.currency);
      const part = each.included ? " (in the prices)" : "";
      return element("li", `${inWords(each.kind)} ${each.reason}: ${amount}${part}`);
    }),
  );
}

at("voucher").addEventListener("change", showTotal);

at("checkout").addEventListener("submit", async (event) => {
  event.preventDefault();
  at("problem").textContent = "";
  const lines = basket();
  if (!lines.length) {
    at("problem").textContent = "Choose something first.";
    return;
  }
  const card = new FormData(event.target).get("card");
  try {
    const quote = await asking;
    const answer = await ask("/orders", { body: { quote_id: quote.id, payment_method: card } });
    const { id } = await answer.json();
    for (const { field } of chosen.values()) field.value = 0;
    at("voucher").value = "";
    showTotal();
    follow(id, answer.headers.get("Consistency-Token"));
  } catch (refusal) {
    at("problem").textContent = refusal.message;
  }
});

// ---- one order

let following = new AbortController();
let shown = null;

async function follow(id, consistency) {
  following.abort();
  following = new AbortController();
  const { signal } = following;
  history.replaceState(null, "", `?order=${id}`);
  let headers = consistency ? { "Consistency-Token": consistency } : {};
  while (!signal.aborted) {
    try {
      const answer = await ask(`/orders/${id}`, { headers, signal });
      if (answer.status === 200) {
        headers = { "If-None-Match": answer.headers.get("ETag"), Prefer: `wait=${WAIT}` };
        await showOrder(await answer.json());
      } else if (!answer.headers.get("Preference-Applied")) {
        await pause(1);
      }
    } catch (failure) {
      if (signal.aborted) return;
      at("refusal").textContent = failure.message;
      await pause(2);
    }
  }
}

async function showOrder(order) {
  shown = order;
  at("order").hidden = false;
  at("order-title").textContent = `Order ${order.number ?? order.id}`;
  at("status").textContent = order.status;
  at("reason").textContent = inWords(order.reason_code);
  showFacts(order);
  at("in-admin").href = `/admin/orders/order/${order.id}/change/`;
  at("lines").replaceChildren(...order.lines.map((line) => lineOf(order, line)));
  at("return").elements.what[1].disabled = OVER.has(order.status);
  await Promise.all([showAction(order), showTimeline(order), showOrders()]);
}

function showFacts(order) {
  const facts = [
    ["Total", money(order.amount, order.currency)],
    ["Payment", inWords(order.payment_status)],
    ["Goods", inWords(order.stock_status)],
  ];
  for (const sent of order.shipments ?? []) {
    facts.push(["Sent", [sent.carrier, sent.tracking].filter(Boolean).join(", ") || "a parcel"]);
  }
  for (const each of order.returns) {
    const when = each.status === "completed" ? "given back" : inWords(each.status);
    facts.push(["Returned", `${money(each.amount, order.currency)}, ${when}`]);
  }
  at("facts").replaceChildren(
    ...facts.flatMap(([name, text]) => [element("dt", name), element("dd", text)]),
  );
}

function lineOf(order, line) {
  const field = units(`Return ${line.name || line.sku}`, line.quantity - line.returned);
  field.dataset.line = line.number;
  const amount = money(line.amount, order.currency);
  return row(line.name || line.sku, line.quantity, amount, line.returned, field);
}

// What the customer's bank wants to know, such as 3-D Secure.
async function showAction(order) {
  at("action").replaceChildren();
  if (order.payment_status !== "awaiting_customer") return;
  const { next_action: action } = await (await ask(`/orders/${order.id}/next-action`)).json();
  if (!action?.redirect_to) return;
  const bank = new URL(action.redirect_to, location.href);
  bank.searchParams.set("return_to", `${location.pathname}?order=${order.id}`);
  at("action").append(element("a", "Confirm with your bank", { href: bank.href }));
}

async function showTimeline(order) {
  const entries = await (await ask(`/orders/${order.id}/timeline`)).json();
  at("timeline").replaceChildren(
    ...(entries.results ?? entries).map((entry) => element("li", inWords(entry.event))),
  );
}

at("return").addEventListener("submit", async (event) => {
  event.preventDefault();
  at("refusal").textContent = "";
  const wanted = [...at("lines").querySelectorAll("input")]
    .map((field) => ({ number: Number(field.dataset.line), quantity: Number(field.value) }))
    .filter((line) => line.quantity > 0);
  const cancels = event.submitter?.value === "cancel";
  try {
    if (cancels) await ask(`/orders/${shown.id}/cancel`, { body: {} });
    else await ask(`/orders/${shown.id}/returns`, { body: { lines: wanted } });
  } catch (refusal) {
    at("refusal").textContent = refusal.message;
  }
});

// ---- all orders

async function showOrders() {
  const { results } = await (await ask("/orders?page_size=10")).json();
  at("orders").replaceChildren(
    ...results.map((order) => {
      const item = element("li");
      const button = element("button", `${order.number ?? order.id}`, { type: "button" });
      button.addEventListener("click", () => follow(order.id));
      item.append(button, ` ${money(order.amount, order.currency)}, ${order.status}`);
      return item;
    }),
  );
}

await showGoods();
await showOrders();
const asked = new URLSearchParams(location.search).get("order");
if (asked) follow(asked);
