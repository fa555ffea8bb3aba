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
  /**
   * `fn` is a name of the operator table: `+ - * / % = != < <= > >= and or not neg if coalesce hour log1p …`; or
   * `vector(x, n)`: the list x, which has n numbers or fails the work, and of a number x, n times that number.
   */
  | { readonly op: 'call'; readonly fn: string; readonly args: readonly Expr[]; readonly type: ValueType }

export interface SourcePlan {
  readonly name: string
  /** A name of the table of readers. */
  readonly kind: string
  /** Workspace-relative path or glob; empty for what is no file. */
  readonly path: string
  /** The reader’s other arguments. A secret stands for its value, which no plan holds. */
  readonly options: Readonly<Record<string, string | { readonly secret: string }>>
  readonly timeColumn: string | null
  readonly createdColumn: string | null
  readonly rowKey: readonly string[]
  readonly columns: readonly { readonly name: string; readonly type: ValueType; readonly nativeType: string }[]
}

/**
 * Which rows a window W with lag L holds at a moment t, by the system whose rule it is. Only the first two ask whether a
 * row had arrived by then. open: [t − L − W, t − L). inclusive: (t − L − W, t − L]. feast: [t − L − W, t − L].
 * feathr: (t − L − W, t − L], times cut to whole seconds. chronon: [t − L − W cut to a hop, t − L).
 */
export const windowRules = ['open', 'inclusive', 'feast', 'feathr', 'chronon'] as const
export type WindowRule = (typeof windowRules)[number]

export type FrameWindow = { readonly rule: WindowRule } & (
  | { readonly kind: 'time'; readonly micros: number }
  | { readonly kind: 'rows'; readonly rows: number }
  | { readonly kind: 'all' }
)

export type FeatureDefinition =
  /** `agg(args) from source by keys where filter over window lag lag`; `latest` is the aggregate named `latest`, with window `all` where it says none. */
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
  /** How many numbers a vector has, where that is known. */
  readonly width?: number
  readonly definition: FeatureDefinition
  readonly default: Expr | null
  readonly documentation: string
  readonly unit: string | null
  readonly owner: string | null
  readonly tags: readonly string[]
  readonly status: 'draft' | 'reviewed' | 'deprecated' | null
  /** For a deprecated feature: the one to use instead. */
  readonly replacement: string | null
  readonly file: string
  readonly span: Span
}

export type TensorType = 'float32' | 'int64' | 'string' | 'bool'

/** One model input: one column of the training set, one input tensor of shape [rows, 1], of a vector [rows, width], of the ONNX graph, same name. */
export interface UsePlan {
  readonly name: string
  readonly type: ValueType
  readonly tensor: TensorType
  /** A null number crosses as NaN (tensor float32), a null vector as NaN in every place. Strings, bools and int64 are never null here. */
  readonly isNullable: boolean
  /** How many numbers a vector has; only of a vector. */
  readonly width?: number
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

/** One step over the candidates of a request, in the order in which they are taken. */
export type RankingStepPlan =
  | { readonly kind: 'filter'; readonly condition: Expr; readonly span: Span }
  | { readonly kind: 'top'; readonly count: number; readonly by: Expr; readonly span: Span }
  | { readonly kind: 'sort'; readonly by: Expr; readonly isAscending: boolean; readonly span: Span }
  | { readonly kind: 'group' | 'distinct'; readonly by: readonly string[]; readonly span: Span }
  | { readonly kind: 'union'; readonly source: string; readonly span: Span }

/** Columns are those of the observations, features are uses and outputs. */
export interface RankingPlan {
  /** The column whose equal values make one request. */
  readonly by: string
  readonly steps: readonly RankingStepPlan[]
}

export type EnginePlan =
  | { readonly kind: 'local' }
  /** `master`: where Spark runs, such as `yarn` or `spark://host:7077`. */
  | { readonly kind: 'spark'; readonly master: string }

export const samplers = ['tpe', 'random'] as const
export const pruners = ['median', 'none'] as const

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

export interface TrainPlan {
  readonly split: SplitPlan
  readonly search: {
    readonly trials: number
    readonly direction: 'maximize' | 'minimize'
    readonly metric: string
  } | null
  readonly seed: number
  /** Folds of the cross-validation that judges a trial; null: the validation split does. */
  readonly folds: number | null
  /** How much a row counts, over the observation’s columns. */
  readonly weight: Expr | null
  readonly engine: EnginePlan
  readonly sampler: (typeof samplers)[number]
  readonly prune: (typeof pruners)[number]
  /** Five fields of cron, in UTC. */
  readonly schedule: string | null
  /** The stream that the model goes on learning from. */
  readonly online: string | null
}

/** Training by time, with everything else as it is where a model says nothing. */
export const plainTraining: TrainPlan = {
  split: { kind: 'time', fractions: [0.7, 0.15, 0.15] },
  search: null,
  seed: 0,
  folds: null,
  weight: null,
  engine: { kind: 'local' },
  sampler: 'tpe',
  prune: 'none',
  schedule: null,
  online: null,
}

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
  readonly train: TrainPlan
  readonly ranking: RankingPlan | null
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
