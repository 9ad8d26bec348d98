// Composes subgraphs. In: {composer, services: [{name, sdl}]}. Out: {errors: [sentence], api: SDL}.
const { readFileSync } = require("node:fs");
const { parse, printSchema } = require("graphql");

const composers = {
  "@apollo/composition": (services) => {
    const { errors, schema } = require("@apollo/composition").composeServices(services);
    return { errors, api: schema && printSchema(schema.toAPISchema().toGraphQLJSSchema()) };
  },
  "@theguild/federation-composition": (services) => {
    const { errors, publicSdl } = require("@theguild/federation-composition").composeServices(services);
    return { errors, api: publicSdl };
  },
};

const { composer, services } = JSON.parse(readFileSync(0, "utf8"));
const parsed = services.map(({ name, sdl }) => ({ name, url: `http://127.0.0.1/${name}`, typeDefs: parse(sdl) }));
const { errors, api } = composers[composer](parsed);
process.stdout.write(JSON.stringify({ errors: (errors ?? []).map((error) => error.message), api: api ?? null }));
