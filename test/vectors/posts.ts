import { quoteText } from '@shared/sql/quote'

/** Four thousand posts by fifty authors: a post is liked where its vector points as its author’s newest one does. */
export const rows = 4000
export const length = 8

interface Engine {
  copy(sql: string, path: string, format: 'parquet'): Promise<unknown>
}

/** From −1 to 1, the same on every machine. */
const random = (text: string): string => `(md5_number_lower(${text}) / 9223372036854775808.0 - 1)`

const vector = (seed: string, key: string): string =>
  `list_transform(range(${length}), lambda j: ${random(`'${seed}:' || ${key} || ':' || j`)}::double)`

/** A moment a minute; each author has a first vector before all posts and another in the middle of them. */
const authors = `select 'a' || (i % 50) as name,
    timestamp '2024-01-01' + to_minutes(if(i < 50, -10, ${rows / 2})::bigint) as at, ${vector('author', 'i')}::float[] as taste
  from range(100) r(i)`

const posts = `select i as id, timestamp '2024-01-01' + to_minutes(i) as at, 'a' || (i % 50) as author,
    (abs(${random(`'words:' || i`)}) * 500)::bigint as words, ${vector('post', 'i')} as topic
  from range(${rows}) r(i)`

const told = `select p.*, list_inner_product(p.topic::double[], a.taste::double[]) + 0.4 * ${random(`'noise:' || p.id`)} > 0 as liked
  from (${posts}) p asof join (${authors}) a on p.author = a.name and p.at > a.at order by p.id`

/** Every 40th vector is missing, every 41st lacks a number, in each of the three ways. */
const holed = `case
    when id % 40 = 7 then null
    when id % 41 = 3 then list_transform(topic, lambda x, j: if(j = 2, null, x))
    when id % 41 = 4 then list_transform(topic, lambda x, j: if(j = 2, 'nan'::double, x))
    when id % 41 = 5 then list_transform(topic, lambda x, j: if(j = 2, 1e300, x))
    else topic end`

export const writePosts = async (engine: Engine, folder: string): Promise<void> => {
  await engine.copy(`select * replace (${holed} as topic) from (${told})`, `${folder}/posts.parquet`, 'parquet')
  await engine.copy(authors, `${folder}/authors.parquet`, 'parquet')
}

/** The posts with another vector column, to be scored. */
export const writeChanged = (engine: Engine, folder: string, name: string, topic: string): Promise<unknown> =>
  engine.copy(
    `select * replace (${topic} as topic) from read_parquet(${quoteText(`${folder}/posts.parquet`)}) order by id limit 200`,
    `${folder}/${name}`,
    'parquet',
  )

export const program = `namespace posts

source posts = parquet("data/posts.parquet") { time at  row (id)  schema (topic: vector[${length}]) }
source authors = parquet("data/authors.parquet") { time at }
entity author(name: string)

/// What the author last said to like.
feature taste: vector[${length}] of author = latest(taste) from authors by name  default 0  kind embedding

model liked {
  observe posts
  predict liked = liked
  use words
  use topic
  use taste by author
  let filled = impute(topic, strategy: "mean")
  let near = cosine(filled, taste)
  let lin = logistic(near, standardize(filled), l2_normalize(taste), standardize(words))
  let gbt = boosted_trees(topic, taste, near, words, depth: 4, rounds: 60)
  let blend = mean(lin, gbt)
  output liked_probability = probability(blend)
  train { split time 70/15/15  seed 7 }
  health { drift psi < 0.2 on inputs }
}

model liked_without {
  observe posts
  predict liked = liked
  use words
  let gbt = boosted_trees(words, depth: 4, rounds: 60)
  output liked_probability = probability(gbt)
  train { split time 70/15/15  seed 7 }
}
`
