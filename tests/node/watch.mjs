// A live page: follows a debate and a poll with graphql-ws, and prints each thing that it is told as a line of JSON.
// node watch.mjs <ws url> <debate id> <poll id>. After a lost connection it goes on from its last cursor.
import { createClient } from "graphql-ws";
import WebSocket from "ws";

const [url, debateId, pollId] = process.argv.slice(2);
const tell = (line) => process.stdout.write(JSON.stringify(line) + "\n");

const client = createClient({
  url,
  webSocketImpl: WebSocket,
  retryAttempts: 200,
  retryWait: () => new Promise((resolve) => setTimeout(resolve, 200)),
  shouldRetry: () => true,
  on: {
    connected: (socket, payload, wasRetry) => tell({ connected: wasRetry ? "again" : "first" }),
    closed: (event) => tell({ closed: event.code }),
  },
});
const wrong = (error) => (tell({ wrong: String(error?.message ?? JSON.stringify(error)) }), process.exit(1));

// The client sends these variables again when it reconnects: the last cursor is always among them.
const debate = { debateId, after: null };
const debateQuery = `subscription ($debateId: ID!, $after: Cursor) {
  debateEvents(debateId: $debateId, after: $after) {
    cursor resync event { __typename ... on CommentAdded { comment { body author { name } } } }
  }
}`;
client.subscribe(
  { query: debateQuery, variables: debate },
  {
    next: ({ data, errors }) => {
      if (errors) return wrong(errors[0]);
      debate.after = data.debateEvents.cursor;
      tell({ debate: data.debateEvents });
    },
    error: wrong,
    complete: () => tell({ complete: "debate" }),
  },
);
client.subscribe(
  { query: "subscription ($pollId: ID!) { pollTally(pollId: $pollId) { version total final } }", variables: { pollId } },
  {
    next: ({ data, errors }) => (errors ? wrong(errors[0]) : tell({ tally: data.pollTally })),
    error: wrong,
    complete: () => tell({ complete: "poll" }),
  },
);
