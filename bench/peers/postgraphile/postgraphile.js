// PostGraphile on Node's own HTTP server: the Amber preset, lists besides connections, and relations that cross modules.
import { createServer } from 'node:http'
import { makePgService } from 'postgraphile/adaptors/pg'
import { PostGraphileAmberPreset } from 'postgraphile/presets/amber'
import { postgraphile } from 'postgraphile'
import { grafserv } from 'postgraphile/grafserv/node'
import { jsonPgSmartTags } from 'postgraphile/utils'

const relations = jsonPgSmartTags({
  version: 1,
  config: {
    class: {
      civic_debate: { tags: { foreignKey: '(opened_by) references identity_person (id)|@fieldName openedByPerson' } },
      civic_comment: { tags: { foreignKey: '(author_id) references identity_person (id)|@fieldName author' } },
      voting_poll: { tags: { foreignKey: '(debate_id) references civic_debate (id)|@foreignFieldName polls' } },
    },
  },
})

const preset = {
  extends: [PostGraphileAmberPreset],
  plugins: [relations],
  schema: { defaultBehavior: '+list +connection' },
  pgServices: [makePgService({
    connectionString: process.env.DATABASE_URL,
    poolConfig: { max: 10, idleTimeoutMillis: 0 },
    schemas: ['public'],
    pubsub: false,
  })],
  grafserv: { graphiql: false, watch: false },
  grafast: { explain: false },
}

const server = createServer()
await postgraphile(preset).createServ(grafserv).addTo(server)
server.listen(Number(process.env.PORT), '127.0.0.1')
if (process.env.PRINT) {
  const { printSchema } = await import('graphql')
  console.log(printSchema((await postgraphile(preset).getSchema())))
}
