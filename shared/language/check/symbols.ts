import type { ColumnSchema, ValueType } from '../../data/profile'
import type {
  FeaturePlan,
  GatePlan,
  HealthRulePlan,
  ModelPlan,
  NodePlan,
  OutputPlan,
  RankingPlan,
  SourcePlan,
  TrainPlan,
  UsePlan,
} from '../../plan/plan'
import type {
  EntityDeclaration,
  FeatureDeclaration,
  LetStatement,
  ModelDeclaration,
  OutputStatement,
  SourceDeclaration,
  UseStatement,
} from '../ast'
import type { Typed } from './rowExpressions'

interface Checked<D> {
  /** Workspace-relative. */
  readonly file: string
  readonly namespace: string
  readonly declaration: D
}

export interface CheckedColumn extends ColumnSchema {
  /** How many numbers a vector has: by its type, or by the schema that the source writes. */
  readonly length: number | null
}

export interface CheckedSource extends Checked<SourceDeclaration> {
  /** As the declaration says it; null where it says none that can be read. */
  readonly path: string | null
  /** Null while the schema is not known: every column is then taken for granted. */
  readonly columns: ReadonlyMap<string, CheckedColumn> | null
  /** Null where something of it is wrong or not known yet. */
  readonly plan: SourcePlan | null
}

export interface CheckedEntity extends Checked<EntityDeclaration> {
  readonly keys: readonly { readonly name: string; readonly type: ValueType }[]
}

export interface CheckedFeature extends Checked<FeatureDeclaration> {
  readonly form: 'aggregate' | 'derived' | 'row' | null
  readonly type: ValueType
  /** How many numbers a vector has, where that is known. */
  readonly length?: number | null
  readonly isNullable: boolean
  readonly entity: CheckedEntity | null
  /** For aggregate and row features. */
  readonly source: CheckedSource | null
  /** Names of the features that a derived one is computed from. */
  readonly reads: readonly string[]
  /** For row features: the value over the source's columns, other row features and its default written in. */
  readonly inline: Typed | null
  readonly plan: FeaturePlan | null
}

export type Task = 'binary' | 'regression'

/** What a name of a model stands for. */
export interface ModelValue {
  readonly name: string
  readonly type: ValueType
  /** Null where training decides, or where it is not known. */
  readonly width: number | null
  readonly isNullable: boolean
  readonly isPrediction: boolean
}

export interface CheckedUse {
  readonly statement: UseStatement
  readonly value: ModelValue
  /** The feature that it brings, by name. */
  readonly feature: string | null
  readonly plan: UsePlan | null
}

export interface CheckedModel extends Checked<ModelDeclaration> {
  readonly source: CheckedSource | null
  readonly observation: ModelPlan['observation'] | null
  readonly label: ModelPlan['label']
  readonly uses: readonly CheckedUse[]
  readonly statements: readonly (LetStatement | OutputStatement)[]
  /** Of every use and let. */
  readonly values: ReadonlyMap<string, ModelValue>
  readonly nodes: readonly NodePlan[]
  readonly outputs: readonly OutputPlan[]
  readonly train: TrainPlan
  readonly ranking: RankingPlan | null
  readonly gates: readonly GatePlan[]
  readonly health: readonly HealthRulePlan[]
}

/** The names that the files of one namespace share. */
export interface NamespaceSymbols {
  readonly sources: ReadonlyMap<string, CheckedSource>
  readonly entities: ReadonlyMap<string, CheckedEntity>
  readonly features: ReadonlyMap<string, CheckedFeature>
  readonly models: ReadonlyMap<string, CheckedModel>
  /** What other namespaces declare and these files import, by the name that it has here. */
  readonly imported: Imported
}

export interface Imported {
  readonly sources: ReadonlyMap<string, CheckedSource>
  readonly entities: ReadonlyMap<string, CheckedEntity>
  readonly features: ReadonlyMap<string, CheckedFeature>
}

/** The feature that a name means in the files of a namespace. */
export const featureNamed = ({ features, imported }: NamespaceSymbols, name: string): CheckedFeature | undefined =>
  features.get(name) ?? imported.features.get(name)

/** The source that a name means in the files of a namespace. */
export const sourceNamed = ({ sources, imported }: NamespaceSymbols, name: string): CheckedSource | undefined =>
  sources.get(name) ?? imported.sources.get(name)
