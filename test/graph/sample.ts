/** The program of the language’s description, with comments where an edit could lose them. */
export const sampleText = `namespace flights

/// One row per departure.
source flights = parquet("data/flights.parquet") {
  time date // to the minute
  row  (date, origin, destination)
}
source airports = csv("data/airports.csv")

entity airport(code: string)
entity route(origin: string, destination: string)

/// Mean delay of the departures of the last three hours, in minutes.
feature airport_delay_3h: float of airport
  = mean(delay) from flights by origin over 3h lag 15m /* what the tower knows */
  default 0  unit "min"  owner "network-ops"  tags [delay, recent]

feature airport_traffic_1d: int of airport = count() from flights by origin over 1d
feature airport_lat: float of airport = latest(latitude) from airports by iata
feature route_delay_7d: float of route
  = mean(delay) from flights by (origin, destination) where distance > 0 over 7d
feature busy: bool of airport = airport_traffic_1d > 400

model late_departure {
  observe flights where distance > 0
  predict late = delay > 15

  use distance
  use hour       = hour(date)
  use weekday    = weekday(date)
  use from_delay = airport_delay_3h by origin // where it leaves
  use to_delay   = airport_delay_3h by destination
  use busy by origin
  use route_delay_7d by (origin, destination)
  use origin

  let far    = standardize(log1p(distance))
  let when   = cyclic(hour, 24)
  let port   = one_hot(origin, max: 50)
  let lin    = logistic(far, when, port)
  let gbt    = boosted_trees(distance, hour, weekday, from_delay, to_delay, busy, route_delay_7d,
                             depth: tune(3..8), rate: tune(0.01..0.3, log), rounds: 200)
  let blend  = mean(lin, gbt)

  output late_probability = probability(blend)

  train    { split time 70/15/15  search 40 trials maximize auc  seed 7 }
  validate { auc >= 0.65  parity <= 1e-5  latency p99 <= 5ms  size <= 20MB }
  health   { drift psi < 0.2 on inputs  decay auc < 0.03  freshness < 1d  retrain on decay }
}
`
