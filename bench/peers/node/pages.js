// Keyset pages. Their statements read one row more than the page has, which tells whether there are more.

/** What a list is ordered by: a column (`key` in rows) and then the id. */
export const ascending = (column, key) => ({ column, key, direction: 'asc', beyond: '>' })
export const descending = (column, key) => ({ column, key, direction: 'desc', beyond: '<' })

class Edge {
  constructor (node, key) {
    this.node = node
    this.key = key
  }

  get cursor () {
    return Buffer.from(JSON.stringify([this.node[this.key], this.node.key])).toString('base64url')
  }
}

export class Page {
  constructor (rows, first, order) {
    this.hasNextPage = rows.length > first
    this.edges = (this.hasNextPage ? rows.slice(0, first) : rows).map(row => new Edge(row, order.key))
  }

  get pageInfo () {
    return this
  }

  get endCursor () {
    return this.edges.at(-1)?.cursor ?? null
  }
}

/** The end of a statement that cuts a page; `values` gets its parameters. */
export function cut ({ column, direction, beyond }, { first, after }, values) {
  let predicate = ''
  if (after != null) {
    values.push(...JSON.parse(Buffer.from(after, 'base64url')))
    predicate = `and (${column}, id) ${beyond} ($${values.length - 1}, $${values.length})`
  }
  values.push(first + 1)
  return `${predicate} order by ${column} ${direction}, id ${direction} limit $${values.length}`
}
