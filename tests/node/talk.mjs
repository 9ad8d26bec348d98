// Two clients of graphql-ws in a hall: they hear each other, and one leaves. Prints what each heard, as JSON.
// node talk.mjs <ws url> <hall id>
import { createClient } from "graphql-ws";
import WebSocket from "ws";

const [url, hall] = process.argv.slice(2);
const text = (name) => ({ query: "mutation ($text: String!) { say(text: $text) }", variables: { text: name } });

function person(name) {
  const client = createClient({
    url,
    webSocketImpl: WebSocket,
    lazy: false,
    retryAttempts: 0,
    connectionParams: { authorization: `Bearer ${name}` },
  });
  const heard = [];
  const waiting = new Set();
  const told = () => waiting.forEach((check) => check());
  const stop = client.subscribe(
    {
      query: "subscription ($hall: ID!) { heard(hallId: $hall) { event { ... on Said { words } } } }",
      variables: { hall },
    },
    {
      next: (answer) => (heard.push(answer.data.heard.event.words), told()),
      error: (error) => (console.error(name, error), process.exit(1)),
      complete: () => (heard.push("(left)"), told()),
    },
  );
  const until = (count) =>
    new Promise((resolve) => {
      const check = () => heard.length >= count && (waiting.delete(check), resolve());
      waiting.add(check);
      check();
    });
  return { client, heard, stop, until };
}

// The answer of a query or mutation.
function once(client, request) {
  return new Promise((resolve, reject) => {
    let answer;
    client.subscribe(request, { next: (one) => (answer = one), error: reject, complete: () => resolve(answer) });
  });
}

const mira = person("mira");
const taras = person("taras");

// What is said before a client is known to listen is not for it.
const ready = async (client) => {
  while ((await once(client, { query: "{ listeners }" })).data.listeners < 2) await new Promise((go) => setTimeout(go, 20));
};
await ready(mira.client);

const answers = [await once(mira.client, text("Добрий день")), await once(taras.client, text("Вітаю"))];
await Promise.all([mira.until(2), taras.until(2)]);

taras.stop();
await taras.until(3);
answers.push(await once(taras.client, text("Я вже не слухаю")));
await mira.until(3);

answers.push(await once(mira.client, { query: "{ token }" }));
answers.push(await once(mira.client, { query: "{ nothing }" }).catch((errors) => errors.map((error) => error.extensions.code)));

console.log(JSON.stringify({ mira: mira.heard, taras: taras.heard, answers }));
await Promise.all([mira.client.dispose(), taras.client.dispose()]);
