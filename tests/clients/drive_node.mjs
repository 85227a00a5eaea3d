// Scenarios of the official JavaScript client, each run with the client as it is published.
//
// `node drive_node.mjs BASE SCENARIO [ARGUMENTS]`, the arguments being a JSON object. Prints {"value": …}, or
// {"error": …} when the client threw.

import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { setTimeout as pause } from "node:timers/promises";

const require = createRequire(new URL("../../.clients/node/", import.meta.url));
const Replicate = require("replicate");
const { validateWebhook } = Replicate;

const ENDED = ["succeeded", "failed", "canceled"];

const [base, scenario, args = "{}"] = process.argv.slice(2);
const client = new Replicate({ baseUrl: base });

async function main() {
  let told;
  try {
    told = { value: await SCENARIOS[scenario](JSON.parse(args)) };
  } catch (error) {
    told = { error: described(error) };
  }
  process.stdout.write(JSON.stringify(told));
}

// The client's message ends in the answer's body, which is the only place where it keeps it.
function described(error) {
  const status = error.response?.status ?? null;
  const problem = status ? JSON.parse(error.message.replace(/^.*?: (?=\{)/s, "").replace(/\.$/, "")) : {};
  return {
    class: error.name,
    status,
    title: problem.title ?? null,
    message: problem.detail ?? error.message,
    invalid_fields: problem.invalid_fields ?? null,
    retry_after: error.response?.headers.get("retry-after") ?? null,
    stack: status ? null : error.stack,
  };
}

// The value, with what file objects hold in the place of them.
async function shown(value) {
  if (value instanceof ReadableStream) {
    const content = Buffer.from(await (await value.blob()).arrayBuffer()).toString("base64");
    return { file: value.toString().slice(0, 30), content };
  }
  if (Array.isArray(value)) return Promise.all(value.map(shown));
  if (value !== null && typeof value === "object") {
    const members = Object.entries(value).map(async ([key, member]) => [key, await shown(member)]);
    return Object.fromEntries(await Promise.all(members));
  }
  return value;
}

async function collected(pages) {
  const all = [];
  for await (const page of pages) all.push(page);
  return all;
}

async function refusal(call) {
  try {
    return { answer: String(await call()) };
  } catch (error) {
    return described(error);
  }
}

async function until(look) {
  const deadline = Date.now() + 20_000;
  for (;;) {
    const seen = await look();
    if (seen) return seen;
    if (Date.now() > deadline) throw new Error("waited in vain");
    await pause(20);
  }
}

const latest = async (model) => (await client.models.get(...model.split("/"))).latest_version.id;
const reference = async (model, versioned) => (versioned ? `${model}:${await latest(model)}` : model);
const fullName = ({ owner, name }) => `${owner}/${name}`;
const textFile = async (path) => new File([await readFile(path)], "text.txt", { type: "text/plain" });

async function startTraining({ destination, path }) {
  const text = await client.files.create(await textFile(path));
  const version = await latest("local/storyteller");
  const input = { text: text.urls.get };
  return client.trainings.create("local", "storyteller", version, { destination, input });
}

// Takes requests on loopback until `count` have come.
async function receiving(count, whenOpen) {
  const received = [];
  let enough;
  const complete = new Promise((resolve) => (enough = resolve));
  const server = createServer(async (request, response) => {
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    received.push({ path: request.url, headers: request.headers, body: Buffer.concat(chunks).toString() });
    response.end();
    if (received.length === count) enough();
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const made = await whenOpen(`http://127.0.0.1:${server.address().port}`);
  await complete;
  server.close();
  server.closeAllConnections();
  return { made, received };
}

const SCENARIOS = {
  account: () => client.accounts.current(),

  hardware: () => client.hardware.list(),

  async models() {
    return (await collected(client.paginate(client.models.list))).map((page) => page.map(fullName));
  },

  search: async ({ text }) => (await client.models.search(text)).results.map(fullName),

  async model({ name }) {
    const [owner, short] = name.split("/");
    const found = await client.models.get(owner, short);
    const version = await client.models.versions.get(owner, short, found.latest_version.id);
    const versions = await client.models.versions.list(owner, short);
    return {
      name: fullName(found),
      description: found.description,
      versions: versions.results.map(({ id }) => id),
      version: version.id,
      inputs: Object.keys(version.openapi_schema.components.schemas.Input.properties).sort(),
    };
  },

  async collections() {
    const found = (await client.collections.list()).results;
    const first = await client.collections.get(found[0].slug);
    return { slugs: found.map(({ slug }) => slug), models: first.models.map(({ name }) => name) };
  },

  async history() {
    const version = await latest("local/hello-world");
    const made = [];
    for (const text of ["x", "y"]) {
      made.push((await client.predictions.create({ version, input: { text }, wait: true })).id);
    }
    return { made, listed: (await client.predictions.list()).results.map(({ id }) => id) };
  },

  async run({ model, values: input, versioned = false, files = {}, wait = true }) {
    for (const [name, path] of Object.entries(files)) input[name] = await readFile(path);
    const waiting = {
      boolean: wait ? { mode: "block" } : { mode: "poll", interval: 50 },
      number: { mode: "block", timeout: wait },
    };
    return shown(await client.run(await reference(model, versioned), { input, wait: waiting[typeof wait] }));
  },

  async cancel() {
    const prediction = await client.predictions.create({ model: "local/sleeper", input: { seconds: 600 } });
    const told = await client.predictions.cancel(prediction.id);
    const ended = await client.wait(prediction, { interval: 50 });
    return { told: told.status, status: ended.status, output: ended.output };
  },

  async canceled_run() {
    const running = client.run("local/sleeper", { input: { seconds: 600 }, wait: { mode: "poll", interval: 50 } });
    const alive = async () => (await client.predictions.list()).results.find(({ status }) => !ENDED.includes(status));
    await client.predictions.cancel((await until(alive)).id);
    return { output: await running };
  },

  async abort() {
    const controller = new AbortController();
    const seen = [];
    const options = { input: { seconds: 600 }, wait: { mode: "poll", interval: 50 }, signal: controller.signal };
    const output = await client.run("local/sleeper", options, ({ status }) => {
      seen.push(status);
      if (status === "processing") controller.abort();
    });
    return { output, last: seen.at(-1) };
  },

  async files({ path }) {
    const file = await client.files.create(await readFile(path), { customer: 12 });
    return {
      file,
      again: await client.files.get(file.id),
      listed: (await client.files.list()).results.map(({ id }) => id),
      deleted: await client.files.delete(file.id),
      after: await refusal(() => client.files.get(file.id)),
    };
  },

  async stream({ values: input, versioned = false }) {
    const events = await collected(client.stream(await reference("local/storyteller", versioned), { input }));
    return events.map(({ event, data }) => [event, data]);
  },

  async create_model({ name }) {
    const options = { visibility: "private", hardware: "cpu", description: "of the tests" };
    const made = await client.models.create("local", name, options);
    return { name: fullName(made), version: made.latest_version, runs: made.run_count };
  },

  async train(options) {
    const training = await startTraining(options);
    const ended = async () => {
      const found = await client.trainings.get(training.id);
      return ENDED.includes(found.status) ? found : null;
    };
    const { status, error, output } = await until(ended);
    const listed = (await client.trainings.list()).results.some(({ id }) => id === training.id);
    return { created: training.status, status, error, version: output?.version, listed };
  },

  async cancel_training(options) {
    const { id } = await startTraining(options);
    const canceled = await client.trainings.cancel(id);
    return { status: canceled.status, later: (await client.trainings.get(id)).status };
  },

  async deployment({ name }) {
    const model = "local/hello-world";
    const version = await latest(model);
    const made = await client.deployments.create({
      ...{ name, model, version, hardware: "cpu" },
      ...{ min_instances: 0, max_instances: 1 },
    });
    const updated = await client.deployments.update("local", name, { max_instances: 2, hardware: "gpu-t4" });
    const options = { input: { text: "Ada" }, wait: true };
    const prediction = await client.deployments.predictions.create("local", name, options);
    return {
      made,
      updated,
      listed: (await client.deployments.list()).results.map((deployment) => deployment.name),
      got: await client.deployments.get("local", name),
      output: (await client.wait(prediction, {})).output,
      deployment: prediction.deployment,
      off: await client.deployments.update("local", name, { min_instances: 0, max_instances: 0 }),
      deleted: await client.deployments.delete("local", name),
      after: await refusal(() => client.deployments.get("local", name)),
    };
  },

  async webhook({ events }) {
    const secret = (await client.webhooks.default.secret.get()).key;
    const version = await latest("local/hello-world");
    const { made, received } = await receiving(events.length, (url) =>
      client.predictions.create({
        ...{ version, input: { text: "Ada" } },
        ...{ webhook: `${url}/hook?mine=1`, webhook_events_filter: events },
      }),
    );
    for (const request of received) {
      if (!(await validateWebhook(request, secret))) throw new Error("the signature is wrong");
    }
    return { secret, id: made.id, received };
  },

  async vector({ secret, headers, body }) {
    if (!(await validateWebhook({ headers, body }, secret))) throw new Error("the signature is wrong");
    const changed = await validateWebhook({ headers, body: `${body} ` }, secret);
    return { changed: changed ? "accepted" : "refused" };
  },

  async unauthenticated() {
    const wrong = new Replicate({ baseUrl: base, auth: " " });
    delete process.env.REPLICATE_API_TOKEN;
    const none = new Replicate({ baseUrl: base });
    return { wrong: await refusal(() => wrong.accounts.current()), none: await refusal(() => none.accounts.current()) };
  },

  async token({ token }) {
    const [right, wrong] = [token, `${token}x`].map((auth) => new Replicate({ baseUrl: base, auth }));
    return {
      right: (await right.accounts.current()).username,
      wrong: await refusal(() => wrong.accounts.current()),
    };
  },

  async missing() {
    return {
      model: await refusal(() => client.models.get("local", "nothing")),
      prediction: await refusal(() => client.predictions.get("nothing")),
      run: await refusal(() => client.run("local/nothing", { input: {} })),
    };
  },

  async throttled() {
    let sent = 0;
    const counting = (...request) => {
      sent += 1;
      return fetch(...request);
    };
    const counted = new Replicate({ baseUrl: base, fetch: counting });
    const create = () => counted.predictions.create({ model: "local/hello-world", input: { text: "x" } });
    const first = (await create()).status;
    sent = 0;
    const second = await refusal(create);
    const tries = sent;
    await pause(Number(second.retry_after) * 1000);
    return { first, second, tries, third: (await create()).status };
  },
};

await main();
