// A pool of ten connections, prepared statements, and values in the form in which the graph shows them.
import pg from 'pg'

const { builtins, setTypeParser } = pg.types

// No Date is made: PostgreSQL's own text (the session is in UTC) is the scalar's but for two characters.
setTypeParser(builtins.TIMESTAMPTZ, text => `${text.slice(0, 10)}T${text.slice(11, -3)}Z`)
setTypeParser(builtins.UUID, text => text.replaceAll('-', ''))

const CONNECTIONS = 10
const pool = new pg.Pool({
  connectionString: process.env.DATABASE_URL,
  options: '-c timezone=UTC',
  max: CONNECTIONS,
  idleTimeoutMillis: 0,
})
const names = new Map()

/** The rows of a statement, which is prepared once on each connection. */
export async function select (text, values) {
  let name = names.get(text)
  if (name === undefined) names.set(text, name = `statement_${names.size}`)
  return (await pool.query({ name, text, values })).rows
}

/** A set of uuids as an array parameter: they need none of the quotes that the driver would give them. */
export const uuids = keys => `{${[...keys].join()}}`

/** Opens all connections, so that none is opened while measuring. */
export async function connect () {
  const clients = await Promise.all(Array.from({ length: CONNECTIONS }, () => pool.connect()))
  for (const client of clients) client.release()
}
