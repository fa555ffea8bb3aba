import type { ValueType } from '../data/profile'

/**
 * The plain-JSON intermediate form between the language and everything that executes it.
 * The checker makes it; the SQL compiler, the Python job and the runtime read it and nothing else.
 * Every name is resolved, every type known, every default filled in.
 */
export interface Span {
  /** UTF-16 offsets into the file, end exclusive. */
  readonly start: number
  readonly end: number
}

/** A typed scalar expression over the columns of one row. Three-valued logic; x/0 is null; NaN and ±inf read as null. */
export type Expr =
  | { readonly op: 'column'; readonly name: string; readonly type: ValueType }
  | { readonly op: 'feature'; readonly name: string; readonly type: ValueType }
  | { readonly op: 'literal'; readonly value: number | string | boolean | null; readonly type: ValueType }
  /** `value` in microseconds. */
  | { readonly op: 'duration'; readonly micros: number; readonly type: 'duration' }
  /** `fn` is a name of the operator table: `+ - * / % = != < <= > >= and or not neg if coalesce hour log1p …`. */
  | { readonly op: 'call'; readonly fn: string; readonly args: readonly Expr[]; readonly type: ValueType }

export interface SourcePlan {
  readonly name: string
  readonly kind: 'parquet' | 'csv' | 'json' | 'arrow'
  /** Workspace-relative path or glob. */
  readonly path: string
  readonly timeColumn: string | null
  readonly createdColumn: string | null
  readonly rowKey: readonly string[]
  readonly columns: readonly { readonly name: string; readonly type: ValueType; readonly nativeType: string }[]
}

export type FrameWindow =
  | { readonly kind: 'time'; readonly micros: number; readonly isInclusive: boolean }
  | { readonly kind: 'rows'; readonly rows: number }
  | { readonly kind: 'all' }

export type FeatureDefinition =
  /** `agg(args) from source by keys where filter over window lag lag`; `latest` is the aggregate named `latest` with window `all`. */
  | {
      readonly form: 'aggregate'
      readonly aggregate: string
      /** Value expression(s) over the source's columns; empty for `count()`. */
      readonly args: readonly Expr[]
      readonly source: string
      readonly keys: readonly string[]
      readonly filter: Expr | null
      readonly window: FrameWindow
      readonly lagMicros: number
    }
  /** Over other features of the same entity (`op: 'feature'` leaves). */
  | { readonly form: 'derived'; readonly expr: Expr }
  /** Over the columns of the row itself. */
  | { readonly form: 'row'; readonly source: string; readonly expr: Expr }

export interface FeaturePlan {
  readonly name: string
  readonly entity: string | null
  /** Names of the entity's keys, aligned with a definition's `keys`. */
  readonly entityKeys: readonly string[]
  readonly type: ValueType
  readonly definition: FeatureDefinition
  readonly default: Expr | null
  readonly documentation: string
  readonly unit: string | null
  readonly owner: string | null
  readonly tags: readonly string[]
  readonly status: 'draft' | 'reviewed' | 'deprecated' | null
  readonly file: string
  readonly span: Span
}

export type TensorType = 'float32' | 'int64' | 'string' | 'bool'

/** One model input: one column of the training set, one input tensor of shape [rows, 1] of the ONNX graph, same name. */
export interface UsePlan {
  readonly name: string
  readonly type: ValueType
  readonly tensor: TensorType
  /** A null number crosses as NaN (tensor float32). Strings, bools and int64 are never null here. */
  readonly isNullable: boolean
  readonly definition:
    | { readonly kind: 'row'; readonly expr: Expr }
    /** Joined by the observation's columns `keys`, as of the row's time. */
    | { readonly kind: 'feature'; readonly feature: string; readonly keys: readonly string[] }
  readonly span: Span
}

export type ParamValue =
  | number
  | string
  | boolean
  | readonly (number | string)[]
  | {
      readonly tune: 'range'
      readonly low: number
      readonly high: number
      readonly isLog: boolean
      readonly isInteger: boolean
    }
  | { readonly tune: 'choices'; readonly choices: readonly (number | string)[] }

/** One operation on tensors. `name` is the `let`'s name, or `<let>$<n>` for an operation nested in one. */
export interface NodePlan {
  readonly name: string
  /** A name of the operator table: transform, algorithm or combinator; `literal` holds its value in `params.value`. */
  readonly op: string
  readonly role: 'transform' | 'algorithm' | 'combinator'
  /** Names of uses or of earlier nodes, in argument order. */
  readonly inputs: readonly string[]
  readonly params: Readonly<Record<string, ParamValue>>
  readonly type: ValueType
  /** Width of the value where the program alone fixes it (`cyclic` → 2, scalar → 1); null where training decides (`one_hot`). */
  readonly width: number | null
  readonly span: Span
}

export interface OutputPlan {
  readonly name: string
  readonly node: string
  /** `probability(x)` of the positive class, `class(x)`, `value(x)`. */
  readonly fn: 'probability' | 'class' | 'value'
  readonly span: Span
}

export type SplitPlan =
  | { readonly kind: 'time'; readonly fractions: readonly [number, number, number] }
  | { readonly kind: 'random'; readonly fractions: readonly [number, number, number] }
  | { readonly kind: 'entity'; readonly entity: string; readonly fractions: readonly [number, number, number] }

export interface GatePlan {
  /** `auc`, `accuracy`, `log_loss`, `brier`, `f1`, `rmse`, `mae`, `r2`, `parity`, `latency`, `size`. */
  readonly metric: string
  readonly operator: '<' | '<=' | '>' | '>='
  /** Latency in ms, size in bytes, metrics as they are. */
  readonly limit: number
  readonly quantile: number | null
  readonly span: Span
}

export type HealthRulePlan =
  | { readonly kind: 'drift'; readonly statistic: 'psi' | 'ks'; readonly limit: number; readonly span: Span }
  | { readonly kind: 'decay'; readonly metric: string; readonly limit: number; readonly span: Span }
  | { readonly kind: 'nulls'; readonly limit: number; readonly span: Span }
  | { readonly kind: 'freshness'; readonly micros: number; readonly span: Span }
  | { readonly kind: 'retrain'; readonly on: 'decay' | 'drift'; readonly span: Span }

export interface ModelPlan {
  readonly version: 1
  readonly namespace: string
  readonly model: string
  readonly documentation: string
  /** File that the model stands in, workspace-relative. */
  readonly file: string
  readonly sources: readonly SourcePlan[]
  readonly observation: { readonly source: string; readonly filter: Expr | null }
  readonly label: {
    readonly name: string
    readonly expr: Expr
    readonly type: ValueType
    readonly task: 'binary' | 'regression' | 'multiclass'
  } | null
  /** Those that the model needs, each after what it depends on. */
  readonly features: readonly FeaturePlan[]
  readonly uses: readonly UsePlan[]
  /** Each after its inputs. */
  readonly nodes: readonly NodePlan[]
  readonly outputs: readonly OutputPlan[]
  readonly train: {
    readonly split: SplitPlan
    readonly search: {
      readonly trials: number
      readonly direction: 'maximize' | 'minimize'
      readonly metric: string
    } | null
    readonly seed: number
  }
  readonly gates: readonly GatePlan[]
  readonly health: readonly HealthRulePlan[]
}

/** Columns that every training set carries besides its uses and its label. */
export const trainingSetColumns = {
  /** 0-based position in the deterministic row order: time, then the source's row key, then the row's content. */
  row: '__row',
  time: '__time',
  /** 'train' | 'valid' | 'test' */
  split: '__split',
} as const
