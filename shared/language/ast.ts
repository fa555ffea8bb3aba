import type { Span } from '../plan/plan'
import type { Fix } from './diagnostic'

/**
 * The tree of a `.proml` file. Lossless through its spans: every node knows its exact range, comments are kept in
 * `Document.comments`, and editing works by text edits on spans, never by printing a tree over what a person wrote.
 * A file with errors still gives a tree: what could not be read is absent, or an `error` expression.
 */
export interface Document {
  readonly text: string
  readonly namespace: Identifier | null
  /** `namespace flights like feathr`: whose windows the features of this file have where they say none. */
  readonly like: Identifier | null
  readonly imports: readonly Import[]
  readonly declarations: readonly Declaration[]
  readonly comments: readonly Comment[]
  readonly errors: readonly SyntaxProblem[]
}

export interface SyntaxProblem {
  readonly code: string
  readonly span: Span
  readonly message: string
  readonly mend: string
  /** The values of its sentences; a place among them is a span. */
  readonly params: object
  /** How it is mended, for the text that it stands in. */
  readonly fixes: (text: string) => readonly Fix[]
}

export interface Comment {
  readonly kind: 'line' | 'block' | 'documentation'
  readonly span: Span
}

/** A name with its place; `text` is without backquotes. */
export interface Identifier {
  readonly text: string
  readonly span: Span
}

/** A type as written: `float`, or `vector[8]` with its length. */
export interface TypeName extends Identifier {
  readonly length: number | null
}

/** `import airport, delay_3h as delay from "features/airports.proml"` */
export interface Import {
  readonly span: Span
  readonly names: readonly ImportedName[]
  /** A file of the workspace, or a feature set of a registry: `flights@1.2.0`. */
  readonly from: { readonly text: string; readonly span: Span } | null
}

export interface ImportedName {
  readonly name: Identifier
  readonly alias: Identifier | null
}

export type Declaration = SourceDeclaration | EntityDeclaration | FeatureDeclaration | ModelDeclaration

interface DeclarationBase {
  /** From the keyword to the end, without leading documentation. */
  readonly span: Span
  readonly name: Identifier
  /** Text of the `///` lines before it, without the slashes. */
  readonly documentation: string
}

export interface SourceDeclaration extends DeclarationBase {
  readonly kind: 'source'
  /** `parquet("…")`: the function's name and arguments. */
  readonly reader: Identifier | null
  readonly args: readonly Argument[]
  readonly time: Identifier | null
  readonly created: Identifier | null
  readonly row: readonly Identifier[]
  /** `schema (a: int, b: string)`: what the columns are, where the source itself cannot be asked. */
  readonly schema: readonly TypedName[] | null
}

export interface TypedName {
  readonly name: Identifier
  readonly type: TypeName | null
}

export interface EntityDeclaration extends DeclarationBase {
  readonly kind: 'entity'
  readonly keys: readonly TypedName[]
}

export interface FeatureDeclaration extends DeclarationBase {
  readonly kind: 'feature'
  readonly type: TypeName | null
  readonly entity: Identifier | null
  readonly definition: FeatureBody | null
  readonly attributes: readonly Attribute[]
}

/** `expression [from source [by cols] [where p] [over w [inclusive]] [lag L]]`; `from` absent: derived. */
export interface FeatureBody {
  readonly span: Span
  readonly expression: Expression
  readonly from: Identifier | null
  readonly by: readonly Identifier[]
  readonly where: Expression | null
  readonly window: WindowClause | null
  readonly lag: DurationLiteral | null
}

export type WindowClause =
  | { readonly kind: 'time'; readonly span: Span; readonly duration: DurationLiteral; readonly isInclusive: boolean }
  | { readonly kind: 'rows'; readonly span: Span; readonly rows: number }
  | { readonly kind: 'all'; readonly span: Span }

export interface DurationLiteral {
  readonly kind: 'duration'
  readonly span: Span
  readonly micros: number
}

/** `default 0`, `unit "min"`, `owner "…"`, `tags [a, b]`, `status reviewed`, `kind categorical`, `like feast`, `pii`. */
export interface Attribute {
  readonly name: Identifier
  readonly span: Span
  readonly value: Expression | null
  /** For `tags [...]` */
  readonly list: readonly Identifier[]
}

export interface ModelDeclaration extends DeclarationBase {
  readonly kind: 'model'
  readonly observe: { readonly span: Span; readonly source: Identifier; readonly where: Expression | null } | null
  readonly predict: { readonly span: Span; readonly name: Identifier; readonly expression: Expression } | null
  /** `rank by query_id`: the column that tells the requests apart, whose candidates are ranked together. */
  readonly rank: { readonly span: Span; readonly by: Identifier | null } | null
  readonly statements: readonly ModelStatement[]
  /** What is done with the candidates of a request, in this order. */
  readonly steps: readonly RankingStep[]
  readonly train: ClauseBlock | null
  readonly validate: ClauseBlock | null
  readonly health: ClauseBlock | null
}

export type ModelStatement = UseStatement | LetStatement | OutputStatement

/** `use distance` · `use hour = hour(date)` · `use from_delay = airport_delay_3h by origin` */
export interface UseStatement {
  readonly kind: 'use'
  readonly span: Span
  readonly name: Identifier
  /** Absent when the name itself is the column or feature. */
  readonly expression: Expression | null
  readonly by: readonly Identifier[]
}

export interface LetStatement {
  readonly kind: 'let'
  readonly span: Span
  readonly name: Identifier
  readonly expression: Expression
}

export interface OutputStatement {
  readonly kind: 'output'
  readonly span: Span
  readonly name: Identifier
  readonly expression: Expression
}

/** One step over the candidates of a request. */
export type RankingStep =
  | { readonly kind: 'filter'; readonly span: Span; readonly condition: Expression }
  | { readonly kind: 'top'; readonly span: Span; readonly count: number; readonly by: Expression }
  | { readonly kind: 'sort'; readonly span: Span; readonly by: Expression; readonly isAscending: boolean }
  | { readonly kind: 'group' | 'distinct'; readonly span: Span; readonly by: readonly Identifier[] }
  | { readonly kind: 'union'; readonly span: Span; readonly source: Identifier | null }

/** `train { … }`, `validate { … }`, `health { … }`: clauses, each one of the forms below. */
export interface ClauseBlock {
  readonly span: Span
  readonly clauses: readonly Clause[]
}

export type Clause =
  | {
      readonly kind: 'split'
      readonly span: Span
      readonly by: 'time' | 'random' | 'entity'
      readonly entity: Identifier | null
      readonly fractions: readonly number[]
    }
  | {
      readonly kind: 'search'
      readonly span: Span
      readonly trials: number
      readonly direction: 'maximize' | 'minimize'
      readonly metric: Identifier
    }
  | { readonly kind: 'seed'; readonly span: Span; readonly seed: number }
  | { readonly kind: 'folds'; readonly span: Span; readonly folds: number }
  | { readonly kind: 'weight'; readonly span: Span; readonly expression: Expression }
  /** `engine local`, `engine spark("yarn")`, `sampler tpe`, `prune median`: a word, or a word that takes arguments. */
  | { readonly kind: 'engine' | 'sampler' | 'prune'; readonly span: Span; readonly value: Expression }
  | {
      readonly kind: 'schedule'
      readonly span: Span
      readonly cron: { readonly text: string; readonly span: Span } | null
    }
  | { readonly kind: 'online'; readonly span: Span; readonly source: Identifier | null }
  | {
      readonly kind: 'gate'
      readonly span: Span
      readonly metric: Identifier
      readonly quantile: Identifier | null
      readonly operator: '<' | '<=' | '>' | '>='
      readonly limit: Expression
    }
  | { readonly kind: 'drift'; readonly span: Span; readonly statistic: Identifier; readonly limit: Expression }
  | { readonly kind: 'decay'; readonly span: Span; readonly metric: Identifier; readonly limit: Expression }
  | { readonly kind: 'nulls'; readonly span: Span; readonly limit: Expression }
  | { readonly kind: 'freshness'; readonly span: Span; readonly duration: DurationLiteral }
  | { readonly kind: 'retrain'; readonly span: Span; readonly on: Identifier }

export type Expression =
  | { readonly kind: 'number'; readonly span: Span; readonly value: number; readonly isInteger: boolean }
  | { readonly kind: 'string'; readonly span: Span; readonly value: string }
  | { readonly kind: 'bool'; readonly span: Span; readonly value: boolean }
  | { readonly kind: 'null'; readonly span: Span }
  | DurationLiteral
  /** In bytes. */
  | { readonly kind: 'size'; readonly span: Span; readonly bytes: number }
  | { readonly kind: 'name'; readonly span: Span; readonly name: Identifier }
  | { readonly kind: 'call'; readonly span: Span; readonly callee: Identifier; readonly args: readonly Argument[] }
  | { readonly kind: 'unary'; readonly span: Span; readonly operator: '-' | 'not'; readonly operand: Expression }
  | {
      readonly kind: 'binary'
      readonly span: Span
      readonly operator: BinaryOperator
      readonly operatorSpan: Span
      readonly left: Expression
      readonly right: Expression
    }
  | {
      readonly kind: 'conditional'
      readonly span: Span
      readonly condition: Expression
      readonly then: Expression
      readonly otherwise: Expression
    }
  /** `3..8` inside `tune(...)`. */
  | { readonly kind: 'range'; readonly span: Span; readonly low: Expression; readonly high: Expression }
  | { readonly kind: 'list'; readonly span: Span; readonly items: readonly Expression[] }
  /** What could not be read. */
  | { readonly kind: 'error'; readonly span: Span }

export type BinaryOperator = '+' | '-' | '*' | '/' | '%' | '=' | '!=' | '<' | '<=' | '>' | '>=' | 'and' | 'or'

/** `max: 50` has a name, `distance` has none. */
export interface Argument {
  readonly span: Span
  readonly name: Identifier | null
  readonly value: Expression
}
