// A federation gateway over running subgraphs.
// In: {services: [{name, url, sdl}], headers, operations: [{query, variables}]}.
// Out: [{data, errors, calls: {subgraph: how many}}] for each operation, in their order.
const { readFileSync } = require("node:fs");
const { composeServices } = require("@apollo/composition");
const { ApolloGateway, RemoteGraphQLDataSource } = require("@apollo/gateway");
const { parse } = require("graphql");

const quiet = { debug() {}, info() {}, warn: console.error, error: console.error };
const noCache = { get: async () => undefined, set: async () => {}, delete: async () => {} };

class Subgraph extends RemoteGraphQLDataSource {
  willSendRequest({ request, context }) {
    context.calls[this.name] = (context.calls[this.name] ?? 0) + 1;
    for (const [name, value] of Object.entries(context.headers)) request.http.headers.set(name, value);
  }
}

async function run({ executor, schema }, { query, variables = {} }, headers) {
  const document = parse(query);
  const context = { calls: {}, headers };
  const { data, errors } = await executor({
    document,
    schema,
    context,
    request: { query, variables },
    operation: document.definitions[0],
    operationName: null,
    source: query,
    queryHash: query,
    cache: noCache,
    logger: quiet,
    metrics: {},
    overallCachePolicy: { restrict() {} },
  });
  return { data, errors: (errors ?? []).map((error) => error.message), calls: context.calls };
}

async function main() {
  const { services, headers = {}, operations } = JSON.parse(readFileSync(0, "utf8"));
  const { errors, supergraphSdl } = composeServices(services.map(({ sdl, ...rest }) => ({ ...rest, typeDefs: parse(sdl) })));
  if (errors) throw new Error(errors.map((error) => error.message).join("\n"));
  const gateway = new ApolloGateway({
    supergraphSdl,
    logger: quiet,
    buildService: ({ name, url }) => Object.assign(new Subgraph({ url }), { name }),
  });
  const loaded = await gateway.load();
  const answers = [];
  for (const operation of operations) answers.push(await run(loaded, operation, headers));
  process.stdout.write(JSON.stringify(answers));
  await gateway.stop();
}

main().catch((error) => {
  console.error(error);
  process.exitCode = 1;
});
