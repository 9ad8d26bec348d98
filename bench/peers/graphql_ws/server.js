// Subscriptions by graphql-ws on ws, as its documentation advises: documents are parsed and validated once, events go
// through async iterators within the process. Comments are added by a mutation over HTTP, and kept nowhere.
import { randomUUID } from 'node:crypto'
import { createServer } from 'node:http'
import { buildSchema, graphql, parse, validate } from 'graphql'
import { useServer } from 'graphql-ws/use/ws'
import { WebSocketServer } from 'ws'

const schema = buildSchema(`
  scalar Cursor
  scalar DateTime
  type Person { id: ID! name: String! }
  type Comment { id: ID! body: String createdAt: DateTime! author: Person }
  type CommentAdded { comment: Comment! }
  type DebateClosed { debateId: ID! }
  union DebateEvent = CommentAdded | DebateClosed
  type DebateUpdate { cursor: Cursor! event: DebateEvent }
  input AddCommentInput { debateId: ID! body: String! }
  type Query { ready: Boolean! }
  type Mutation { addComment(input: AddCommentInput!): CommentAdded! }
  type Subscription { debateEvents(debateId: ID!, after: Cursor): DebateUpdate! }
`)

/** What one subscriber has not taken yet. */
class Listener {
  #unread = []
  #waiting = null

  constructor (listeners) {
    this.listeners = listeners
    listeners.add(this)
  }

  push (value) {
    if (this.#waiting) {
      this.#waiting({ value, done: false })
      this.#waiting = null
    } else this.#unread.push(value)
  }

  next () {
    if (this.#unread.length) return Promise.resolve({ value: this.#unread.shift(), done: false })
    return new Promise(resolve => { this.#waiting = resolve })
  }

  return () {
    this.listeners.delete(this)
    this.#waiting?.({ value: undefined, done: true })
    return Promise.resolve({ value: undefined, done: true })
  }

  [Symbol.asyncIterator] () {
    return this
  }
}

const debates = new Map()
const listeners = id => debates.get(id) ?? debates.set(id, new Set()).get(id)
let places = 0

schema.getSubscriptionType().getFields().debateEvents.subscribe = (_, { debateId }) => new Listener(listeners(debateId))
schema.getSubscriptionType().getFields().debateEvents.resolve = update => update

const root = {
  addComment ({ input: { debateId, body } }) {
    const comment = {
      id: `Comment_${randomUUID().replaceAll('-', '')}`,
      body,
      createdAt: new Date().toISOString(),
      author: { id: 'Person_0198c0e2000070008000000000000001', name: 'Мешканка 1' },
    }
    const event = { __typename: 'CommentAdded', comment }
    const update = { cursor: `node.${++places}`, event }
    for (const listener of listeners(debateId)) listener.push(update)
    return event
  },
}

const documents = new Map()
function prepared (text) {
  if (!documents.has(text)) {
    const document = parse(text)
    documents.set(text, { document, errors: validate(schema, document) })
  }
  return documents.get(text)
}

async function answer (request, response) {
  const tell = (type, text) => response.writeHead(200, { 'content-type': type, 'content-length': Buffer.byteLength(text) }).end(text)
  if (request.url === '/metrics') {
    return tell('text/plain', `live_subscriptions ${[...debates.values()].reduce((sum, set) => sum + set.size, 0)}\n`)
  }
  let body = ''
  for await (const chunk of request) body += chunk
  const { query: source, variables: variableValues } = JSON.parse(body)
  tell('application/json', JSON.stringify(await graphql({ schema, source, variableValues, rootValue: root })))
}

const server = createServer(answer)
useServer({
  onConnect: ({ connectionParams }) => Boolean(connectionParams?.authorization),
  onSubscribe (_, id, { query, variables, operationName }) {
    const { document, errors } = prepared(query)
    return errors.length ? errors : { schema, document, operationName, variableValues: variables }
  },
}, new WebSocketServer({ server, path: '/graphql' }))
server.listen({ port: Number(process.env.PORT), host: '127.0.0.1', backlog: 4096 })
