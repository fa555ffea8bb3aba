import type { ColumnProfile, TableSchema } from '../data/profile'

/** What the draft asks of the label, as a question about one column. */
export type DraftLabel =
  | { readonly kind: 'flag'; readonly column: string }
  /** More than `limit`. `two-valued`: the column has one other value; `tail`: it has a long tail, of which this is a part. */
  | { readonly kind: 'above'; readonly column: string; readonly limit: number; readonly shape: 'two-valued' | 'tail' }
  | { readonly kind: 'equals'; readonly column: string; readonly value: string }
  | { readonly kind: 'number'; readonly column: string }

/** Two columns that hold the same things: every value of `second` (but a few) is one of `first`. */
export interface SharedValues {
  readonly first: string
  readonly second: string
}

/** All that a draft is made from: what the file says and what was measured on its rows. */
export interface DraftFacts {
  readonly schema: TableSchema
  readonly rows: number
  /** In the schema’s order. */
  readonly profiles: readonly ColumnProfile[]
  /** The fewest columns that tell (almost) all rows apart, and how many they tell; null where no few do. */
  readonly key: { readonly columns: readonly string[]; readonly distinct: number } | null
  /** Time columns whose values never go back from one row of the file to the next. */
  readonly ascending: readonly string[]
  readonly shared: readonly SharedValues[]
  readonly label: DraftLabel | null
  /** By column: how well it alone tells the label, from 0 (not at all) to 1 (perfectly). */
  readonly ties: Readonly<Record<string, number>>
  /** The name of the draft: its namespace, and its file without the ending. */
  readonly name: string
  /** As the source will say it; mostly the schema’s own path. */
  readonly path: string
}

export interface Draft {
  /** Canonical Pro-ML text. */
  readonly text: string
  /** Null where nothing in the file looks like a label. */
  readonly model: string | null
  readonly label: string | null
  /** What it took for granted, a sentence each: what a person should look at first. */
  readonly assumptions: readonly string[]
}
