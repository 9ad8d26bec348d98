// What the resolvers ask of the database. A row's `key` is its id without the type's name.
import { select, uuids } from './database.js'
import { ascending, cut, descending, Page } from './pages.js'

const ENTITY = `id as key, edrpou, name, short_name as "shortName", kind, region, is_verified as "isVerified",
  updated_at as "updatedAt"`
const DEBATE = 'id as key, title, opened_by as "openedBy", opens_at as "opensAt"'
const COMMENT = `id as key, case when hidden_at is null then body end as body, created_at as "createdAt",
  author_id as "authorId"`

const BY_NAME = ascending('name', 'name')
const NEWEST = descending('opens_at', 'opensAt')
const COMMENTS = { OLDEST: ascending('created_at', 'createdAt'), NEWEST: descending('created_at', 'createdAt') }

/** Mercurius keys its loaders by the JSON of the parent: this keeps a comment's text out of it. */
class Comment {
  constructor ({ key, body, createdAt, authorId }) {
    this.key = key
    this.body = body
    this.createdAt = createdAt
    this.authorId = authorId
  }

  toJSON () {
    return this.key
  }
}

const keyOf = id => id.slice(id.indexOf('_') + 1)

export async function legalEntity (edrpou) {
  return (await select(`select ${ENTITY} from registry_legal_entity where edrpou = $1`, [edrpou]))[0]
}

export async function legalEntities ({ filter, ...args }) {
  const values = filter?.kind == null ? [] : [filter.kind]
  const predicate = values.length ? 'kind = $1' : 'true'
  const page = cut(BY_NAME, args, values)
  const rows = await select(`select ${ENTITY} from registry_legal_entity where ${predicate} ${page}`, values)
  return new Page(rows, args.first, BY_NAME)
}

export async function debate (id) {
  return (await select(`select ${DEBATE} from civic_debate where id = $1`, [keyOf(id)]))[0]
}

export async function debates ({ filter, ...args }) {
  const values = filter?.municipalityId == null ? [] : [keyOf(filter.municipalityId)]
  const predicate = values.length ? 'municipality_id = $1' : 'true'
  const page = cut(NEWEST, args, values)
  const rows = await select(`select ${DEBATE} from civic_debate where ${predicate} ${page}`, values)
  return new Page(rows, args.first, NEWEST)
}

/** Of each key, in their order. */
export async function people (keys) {
  const wanted = new Set(keys)
  wanted.delete(null)
  const rows = await select('select id as key, name from identity_person where id = any($1)', [uuids(wanted)])
  const found = new Map(rows.map(row => [row.key, row]))
  return keys.map(key => found.get(key))
}

export const commentsOfDebates = (keys, args) => commentPages('debate_id = parent and parent_id is null', keys, args)
export const repliesOfComments = (keys, args) => commentPages('parent_id = parent', keys, args)

async function commentPages (predicate, keys, args) {
  const order = COMMENTS[args.orderBy]
  const found = await ofEach(`select ${COMMENT} from civic_comment where ${predicate}`, keys, order, args)
  return found.map(rows => new Page(rows.map(row => new Comment(row)), args.first, order))
}

export async function pollsOfDebates (keys, { first }) {
  const order = ascending('opens_at', 'opensAt')
  const polls = 'select id as key, title, opens_at as "opensAt" from voting_poll where debate_id = parent'
  const found = await ofEach(polls, keys, order, { first })
  return found.map(rows => rows.slice(0, first))
}

export async function optionsOfPolls (keys) {
  const options = 'select id as key, text, poll_id as parent from voting_option where poll_id = any($1) order by position'
  return grouped(keys, await select(options, [uuids(new Set(keys))]))
}

/** The page of each parent, by one lateral join: it stops at the page, however long the list. */
async function ofEach (statement, keys, order, args) {
  const values = [uuids(new Set(keys))]
  const page = `${statement} ${cut(order, args, values)}`
  return grouped(keys, await select(
    `select parent, page.* from unnest($1::uuid[]) as parents(parent) cross join lateral (${page}) as page
     order by "${order.key}" ${order.direction}, key ${order.direction}`,
    values,
  ))
}

function grouped (keys, rows) {
  const found = new Map(keys.map(key => [key, []]))
  for (const row of rows) found.get(row.parent).push(row)
  return keys.map(key => found.get(key))
}
