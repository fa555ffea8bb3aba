import { quoteText } from '@shared/sql/quote'

/** Six features over windows of time, by two keys, each asked about its own rows. */
export const sixFeatures = `
source flights = parquet("data/flights.parquet") { time date  row (date, origin, destination) }
entity airport(code: string)
entity route(origin: string, destination: string)
feature a: float of airport = mean(delay) from flights by origin over 1h
feature b: float of airport = mean(delay) from flights by origin over 3h
feature c: int of airport = sum(if(delay > 15, 1, 0)) from flights by origin over 1d
feature d: int of airport = count() from flights by origin over 1d
feature e: float of route = mean(delay) from flights by (origin, destination) over 1d
feature f: float of route = mean(delay) from flights by (origin, destination) over 7d
model six {
  observe flights
  predict late = delay > 15
  use a by origin
  use b by origin
  use c by origin
  use d by origin
  use e by (origin, destination)
  use f by (origin, destination)
  let x = boosted_trees(a, b, c, d, e, f)
  output p = probability(x)
  train { split time 70/15/15 }
}
`

/** The same rows, features, label and split, as somebody writes them who knows DuckDB. */
export const sixByHand = (file: string): string => {
  const window = (value: string, keys: string, width: string): string =>
    `${value} over (partition by ${keys} order by date range between interval ${width} preceding and interval 1 microsecond preceding)`
  const airport = (value: string, width: string): string => window(value, 'origin', width)
  const route = (value: string, width: string): string => window(value, 'origin, destination', width)
  return `with o as (
  select date, origin, destination, distance, delay, delay > 15 as late,
    ${airport('avg(delay)', '1 hour')} as a,
    ${airport('avg(delay)', '3 hour')} as b,
    ${airport('sum(case when delay > 15 then 1 else 0 end)', '1 day')} as c,
    ${airport('count(*)', '1 day')} as d,
    ${route('avg(delay)', '1 day')} as e,
    ${route('avg(delay)', '7 day')} as f,
    (rank() over (order by date) - 1) / count(*) over () as share
  from read_parquet(${quoteText(file)}) where delay is not null)
select a, b, c, d, e, f, late, date,
  case when share < 0.7 then 'train' when share < 0.85 then 'valid' else 'test' end as split
from o order by date, origin, destination, delay, distance`
}

/** What must come out alike, whoever computed it: a row of sums. */
export const sumsOf = (file: string): string =>
  `select ${['a', 'b', 'c', 'd', 'e', 'f'].map((name) => `round(sum(${name})::double, 3) as s_${name}, count(nullif(${name}, 0)) as n_${name}`).join(', ')}, count(*) as n
   from read_parquet(${quoteText(file)})`
