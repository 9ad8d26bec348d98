// Apollo Client with persisted queries by GET, against <url>: the same query twice, another, a mutation. With the ids of
// a manifest (<path>, optional) instead of hashes of its own. Prints the data and what went over the wire, as JSON.
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { ApolloClient, HttpLink, InMemoryCache, gql } from "@apollo/client";
import { PersistedQueryLink } from "@apollo/client/link/persisted-queries";

const [url, manifest] = process.argv.slice(2);
const sha256 = (text) => createHash("sha256").update(text).digest("hex");
const known = manifest ? Object.entries(JSON.parse(readFileSync(manifest, "utf8"))) : [];
const nameOf = (document) => document.definitions.find((each) => each.kind === "OperationDefinition").name.value;
const idOf = (document) => known.find(([, text]) => text.includes(` ${nameOf(document)}`))[0];

const wire = [];
async function fetching(address, options) {
  const response = await fetch(address, options);
  const sent = options.method === "GET" ? Object.fromEntries(new URL(address).searchParams) : JSON.parse(options.body);
  wire.push([options.method, "query" in sent, response.status, response.headers.get("cache-control")]);
  return response;
}

const persisted = new PersistedQueryLink({
  useGETForHashedQueries: true,
  ...(manifest ? { generateHash: idOf } : { sha256 }),
});
const client = new ApolloClient({
  cache: new InMemoryCache(),
  link: persisted.concat(new HttpLink({ uri: url, fetch: fetching })),
});
const ask = async (query, variables) => (await client.query({ query, variables, fetchPolicy: "no-cache" })).data;

const polls = gql`
  query Polls($first: Int!) {
    polls(first: $first) {
      edges {
        node {
          title
        }
      }
    }
  }
`;
const viewer = gql`
  query Viewer {
    viewer {
      email
    }
  }
`;
const leave = gql`
  mutation SignOut {
    signOut {
      __typename
    }
  }
`;

const data = [await ask(polls, { first: 1 }), await ask(polls, { first: 2 }), await ask(viewer)];
data.push((await client.mutate({ mutation: leave })).data);
console.log(JSON.stringify({ data, wire }));
