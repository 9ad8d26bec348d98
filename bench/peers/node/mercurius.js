// Mercurius as its documentation advises for speed: JIT from the second request on, relations by its own loaders.
import fastify from 'fastify'
import mercurius from 'mercurius'
import { connect } from './database.js'
import * as data from './data.js'
import { makeSchema } from './schema.js'

/** A loader of `load(keys, parameters)`. Without the cache, whose keys are dearer than what it saves. */
const batched = (key, load) => ({
  opts: { cache: false },
  async loader (calls) {
    const groups = Map.groupBy(calls, call => JSON.stringify(call.params)).values()
    await Promise.all(groups.map(async group => {
      const answers = await load(group.map(call => call.obj[key]), group[0].params)
      group.forEach((call, place) => { call.answer = answers[place] })
    }))
    return calls.map(call => call.answer)
  },
})

const app = fastify()
app.register(mercurius, {
  schema: makeSchema({}),
  loaders: {
    Debate: {
      openedBy: batched('openedBy', data.people),
      comments: batched('key', data.commentsOfDebates),
      polls: batched('key', data.pollsOfDebates),
    },
    Comment: {
      author: batched('authorId', data.people),
      replies: batched('key', data.repliesOfComments),
    },
    Poll: {
      options: batched('key', data.optionsOfPolls),
    },
  },
  jit: 1,
})
await connect()
await app.listen({ host: '127.0.0.1', port: Number(process.env.PORT) })
