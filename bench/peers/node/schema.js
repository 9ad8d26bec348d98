// The executable schema of Mercurius and Yoga, which add how they load relations.
import { readFileSync } from 'node:fs'
import { makeExecutableSchema } from '@graphql-tools/schema'
import * as data from './data.js'

const typeDefs = readFileSync(new URL('schema.graphql', import.meta.url), 'utf8')
const kinds = /enum LegalEntityKind {([^}]+)}/.exec(typeDefs)[1].trim().split(/\s+/)

const identified = name => ({ id: row => `${name}_${row.key}` })

export const makeSchema = relations => makeExecutableSchema({
  typeDefs,
  resolvers: [
    {
      Query: {
        legalEntity: (_, { edrpou }) => data.legalEntity(edrpou),
        legalEntities: (_, args) => data.legalEntities(args),
        debate: (_, { id }) => data.debate(id),
        debates: (_, args) => data.debates(args),
      },
      LegalEntity: identified('LegalEntity'),
      Person: identified('Person'),
      Debate: identified('Debate'),
      Comment: identified('Comment'),
      Poll: identified('Poll'),
      PollOption: identified('PollOption'),
      LegalEntityKind: Object.fromEntries(kinds.map(name => [name, name.toLowerCase()])),
    },
    relations,
  ],
})
