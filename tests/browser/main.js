// A page that follows a debate by one of the clients, and prints what becomes of it: a JSON object a line, for drive.mjs.
// Its address names the client, the server and the debate: ?client=urql&url=http://...&debate=Debate_...
import * as apollo from "./apollo.js";
import * as apolloMultipart from "./apollo-multipart.js";
import * as eventSource from "./event-source.js";
import * as graphqlSse from "./graphql-sse.js";
import * as graphqlWs from "./graphql-ws.js";
import { openDebate } from "./page.js";
import * as urqlStreams from "./urql-streams.js";
import * as urql from "./urql.js";

const clients = {
  apollo,
  urql,
  "apollo-multipart": apolloMultipart,
  "event-source": eventSource,
  "graphql-sse": graphqlSse,
  "graphql-ws": graphqlWs,
  "urql-streams": urqlStreams,
};
const asked = new URLSearchParams(location.search);
const tell = (told) => console.log(JSON.stringify(told));

// The clients do not say by which code their socket was closed.
globalThis.WebSocket = class extends WebSocket {
  constructor(...settings) {
    super(...settings);
    this.addEventListener("close", ({ code }) => tell({ closed: code }));
  }
};

// The server of this page keeps the token: a test may change it.
async function authorize() {
  const { token } = await (await fetch("token.json", { cache: "no-store" })).json();
  return { authorization: `Bearer ${token}` };
}

function follow(settings, show) {
  return clients[asked.get("client")].follow(settings, (update) => {
    tell({ heard: update.event?.comment?.body ?? update.resync ?? update.event.__typename });
    return show(update);
  });
}

const bodies = (comments) => [...comments.values()].map((comment) => comment.body);
await openDebate(follow, { url: asked.get("url"), authorize, debateId: asked.get("debate") }, (comments) =>
  tell({ shown: bodies(comments) }),
);
