import type { TableSchema } from '@shared/data/profile'
import type { ModelPlan } from '@shared/plan/plan'
import type { Bundle } from '@shared/registry/registry'
import type { Run } from '@shared/training/run'

type Parameters = readonly unknown[]
type Options = { readonly signal?: AbortSignal }

/** What running and watching models need of the data engine. Paths in SQL are absolute. */
export interface QueryEngine {
  rows(sql: string, parameters?: Parameters, options?: Options): Promise<Record<string, unknown>[]>
  arrow(sql: string, parameters?: Parameters, options?: Options): Promise<Uint8Array>
  copy(
    sql: string,
    absolutePath: string,
    format: 'parquet' | 'csv',
    options?: Options,
  ): Promise<{ rows: number; digest: string }>
  /** A folder for what is needed only for a while. */
  scratch(kind: string): Promise<{ readonly path: string; remove(): Promise<void> }>
}

export interface FeatureBuilder {
  buildTrainingSet(
    plan: ModelPlan,
    options: {
      output: string
      signal: AbortSignal
      onProgress?: (fraction: number, message: string) => void
      observations?: string
      keepUnlabelled?: boolean
    },
  ): Promise<{ path: string; rows: number; features: number; digest: string }>
}

export interface RuntimeDependencies {
  readonly data: { readonly engine: QueryEngine; schemaOf(path: string): Promise<TableSchema> }
  readonly features: FeatureBuilder
  readonly training: { runFolder(id: string): string; readRun(id: string): Promise<Run> }
  readonly registry: {
    bundleFile(digest: string, path: string): Promise<Uint8Array>
    bundleList(): Promise<readonly Bundle[]>
  }
}
