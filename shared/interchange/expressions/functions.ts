/**
 * Functions with one meaning in Spark’s SQL (and in Feathr’s MVEL) and in Pro-ML: theirs in small letters, ours, and the most
 * arguments. Where several stand for one of ours, the first is the one that is written.
 */
export const sharedFunctions = [
  ['abs', 'abs', 1],
  ['sqrt', 'sqrt', 1],
  ['exp', 'exp', 1],
  ['ln', 'ln', 1],
  ['log', 'ln', 1],
  ['log1p', 'log1p', 1],
  ['floor', 'floor', 1],
  ['ceil', 'ceil', 1],
  ['ceiling', 'ceil', 1],
  ['round', 'round', 2],
  ['lower', 'lower', 1],
  ['lcase', 'lower', 1],
  ['upper', 'upper', 1],
  ['ucase', 'upper', 1],
  ['length', 'length', 1],
  ['char_length', 'length', 1],
  ['year', 'year', 1],
  ['month', 'month', 1],
  ['day', 'day', 1],
  ['dayofmonth', 'day', 1],
  ['hour', 'hour', 1],
  ['minute', 'minute', 1],
  ['weekday', 'weekday', 1],
  ['isnull', 'is_null', 1],
  ['coalesce', 'coalesce', 100],
  ['nvl', 'coalesce', 2],
  ['ifnull', 'coalesce', 2],
] as const
