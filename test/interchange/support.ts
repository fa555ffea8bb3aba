import { cpSync, mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { DuckDBInstance } from '@duckdb/node-api'
import type { Document } from '@shared/language/ast'
import { parse } from '@shared/language/syntax/parser'
import { type ImportResult, importResultSchema } from '@shared/rpc/interchange'
import { expect } from 'vitest'
import { createDataService } from '../../electron/services/data/data'
import { createFeaturesService } from '../../electron/services/features/features'
import { createInterchangeService } from '../../electron/services/interchange/interchange'
import { createLanguageService } from '../../electron/services/language/language'
import { projectRoot, testContext } from '../support/context'

/** The tree of a program, without places. It must have no errors. */
export const treeOf = (text: string): unknown => {
  const { namespace, declarations, errors }: Document = parse(text)
  expect(errors).toEqual([])
  return JSON.parse(
    JSON.stringify({ namespace, declarations }, (key, value) =>
      /^(span|operatorSpan)$/.test(key) ? undefined : value,
    ),
  )
}

/** All that interchange needs on a fresh workspace, which may begin as one of the fixtures. */
export const interchangeOn = (
  fixture: 'feathr' | 'feast' | null,
  more: { isTrusted?: boolean; deadlineMs?: number } = {},
) => {
  const context = testContext()
  if (fixture)
    cpSync(join(projectRoot, 'test/interchange/fixtures', fixture), context.workspace.root, { recursive: true })
  const data = createDataService(context, () => {})
  const language = createLanguageService(context, () => {}, { data })
  const features = createFeaturesService(context, () => {}, { data, language })
  const interchange = createInterchangeService(context, () => {}, {
    data,
    isTrusted: () => more.isTrusted ?? true,
    deadlineMs: more.deadlineMs,
  })
  const call = { signal: new AbortController().signal }
  const at = (path: string): string => join(context.workspace.root, path)
  return {
    at,
    write: (path: string, text: string): void => writeFileSync(at(path), text),
    importFrom: async (format: 'feathr' | 'feast', path: string, output?: string): Promise<ImportResult> => {
      const { jobId } = await interchange.handlers.importFeatures({ format, path, output, isReplacing: false }, call)
      return importResultSchema.parse(await context.jobs.finished(jobId))
    },
    exportTo: (format: 'feathr' | 'feast', path: string, folder: string, isReplacing = false) =>
      interchange.handlers.exportFeatures({ format, path, folder, isReplacing }, call),
    /** What the checker says of a program, with the workspace’s real data. */
    check: async (path: string) => (await language.handlers.check({ path }, call)).diagnostics,
    /** The training set of a model, one object a row, computed by the studio. */
    trainingSet: async (path: string, model: string): Promise<readonly Record<string, unknown>[]> => {
      const output = at('training-set.parquet')
      await features.buildTrainingSet(await language.planOf(path, model), { output, ...call })
      const instance = await DuckDBInstance.create()
      const connection = await instance.connect()
      const rows = await connection.runAndReadAll(`select * from '${output}'`)
      connection.closeSync()
      instance.closeSync()
      return rows.getRowObjectsJson()
    },
    close: async (): Promise<void> => {
      await interchange.dispose()
      await data.dispose()
      context.remove()
    },
  }
}

/** Writes the result of a query as a Parquet file. */
export const writeParquet = async (path: string, query: string): Promise<void> => {
  const instance = await DuckDBInstance.create()
  const connection = await instance.connect()
  mkdirSync(dirname(path), { recursive: true })
  await connection.run(`copy (${query}) to '${path}' (format parquet)`)
  connection.closeSync()
  instance.closeSync()
}
