// GraphQL Yoga on Node's own HTTP server, relations by DataLoaders that live as long as a request.
import { createServer } from 'node:http'
import DataLoader from 'dataloader'
import { createYoga } from 'graphql-yoga'
import { connect } from './database.js'
import * as data from './data.js'
import { makeSchema } from './schema.js'

/** `(key, args) => answer` of `load(keys, args)`: a DataLoader for each set of arguments. */
function batched (load) {
  const loaders = new Map()
  return (key, args) => {
    const which = JSON.stringify(args)
    if (!loaders.has(which)) loaders.set(which, new DataLoader(keys => load(keys, args)))
    return key === null ? null : loaders.get(which).load(key)
  }
}

const schema = makeSchema({
  Debate: {
    openedBy: (debate, args, context) => context.people(debate.openedBy, args),
    comments: (debate, args, context) => context.commentsOfDebates(debate.key, args),
    polls: (debate, args, context) => context.pollsOfDebates(debate.key, args),
  },
  Comment: {
    author: (comment, args, context) => context.people(comment.authorId, args),
    replies: (comment, args, context) => context.repliesOfComments(comment.key, args),
  },
  Poll: {
    options: (poll, args, context) => context.optionsOfPolls(poll.key, args),
  },
})

const yoga = createYoga({
  schema,
  context: () => ({
    people: batched(data.people),
    commentsOfDebates: batched(data.commentsOfDebates),
    repliesOfComments: batched(data.repliesOfComments),
    pollsOfDebates: batched(data.pollsOfDebates),
    optionsOfPolls: batched(data.optionsOfPolls),
  }),
  graphiql: false,
  landingPage: false,
  logging: false,
})

await connect()
createServer(yoga).listen(Number(process.env.PORT), '127.0.0.1')
