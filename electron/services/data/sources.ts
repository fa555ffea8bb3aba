import { stat } from 'node:fs/promises'
import type { ColumnSchema } from '@shared/data/profile'
import { readReference, type SourceTarget, shownReference } from '@shared/data/reference'
import { StudioError, toStudioError } from '@shared/errors'
import { quoteText } from '@shared/sql/quote'
import type { Logger, SecretStore } from '../context'
import { csvReading } from './csvTable'
import { findFrame } from './frames'
import { openHttp } from './http'
import { copyPostgres, describePostgres } from './postgres'
import { openS3 } from './s3'
import { createSnapshots } from './snapshots'
import { openSqlite } from './sqlite'
import { openTable, type Table, type TableTools } from './tables'
import { createWebFiles } from './webFiles'

export interface TableOptions {
  readonly signal?: AbortSignal
  /** Of what lies elsewhere: ask anew, where otherwise the last copy serves. */
  readonly isFresh?: boolean
}

export interface SourceTools extends TableTools {
  readonly secrets: SecretStore
  readonly log: Logger
  readonly isTrusted: () => boolean
}

/** What is no file of the workspace, by its reference. */
export interface Sources {
  /** Null where `path` is a file’s. */
  tableOf(path: string, options?: TableOptions): Promise<Table> | null
  /** The columns of what has not been copied yet; null where they are to be learned from its table. */
  columnsOf(path: string): Promise<readonly ColumnSchema[] | null>
}

/** So long a source that did not answer is not asked again while somebody types. */
const failureKeptMs = 15_000

export const createSources = (tools: SourceTools): Sources => {
  const { workspace, engine, log } = tools
  const snapshots = createSnapshots(workspace)
  const files = createWebFiles(workspace, engine, log)
  const failed = new Map<string, StudioError>()
  const described = new Map<string, Promise<readonly ColumnSchema[]>>()

  /** A stranger’s program shall not make this machine call anywhere because somebody looked at it. */
  const requireTrust = (): void => {
    if (tools.isTrusted()) return
    throw new StudioError('permission_denied', 'This workspace is not trusted to read from the network.', {
      hint: 'Trust the workspace first, if you know where it comes from.',
    })
  }

  const openPostgres = async (
    reference: string,
    target: SourceTarget,
    { signal, isFresh = false }: TableOptions,
  ): Promise<Table> => {
    const last = await snapshots.newest(reference)
    const table = async (path: string): Promise<Table> => ({
      path: reference,
      format: 'postgres',
      sql: `read_parquet([${quoteText(path)}])`,
      footers: `[${quoteText(path)}]`,
      files: [],
      sizeBytes: (await stat(path)).size,
      stamp: path,
    })
    if (last && !isFresh) return table(last.path)
    requireTrust()
    const state = isFresh ? new Date().toISOString() : 'first'
    try {
      return await table(
        await snapshots.of(reference, state, (output, stop) => copyPostgres(tools, target, output, stop), signal),
      )
    } catch (error) {
      if (!last || toStudioError(error).code !== 'source_unreachable') throw error
      const at = new Date(last.madeAt).toISOString()
      log.warn(`${shownReference(reference)} does not answer; what it held at ${at} is used.`)
      return table(last.path)
    }
  }

  const remembered = async (
    reference: string,
    { isFresh }: TableOptions,
    open: () => Promise<Table>,
  ): Promise<Table> => {
    const failure = failed.get(reference)
    if (failure && !isFresh) throw failure
    try {
      return await open()
    } catch (error) {
      const told = toStudioError(error)
      if (told.code === 'source_unreachable') {
        failed.set(reference, told)
        setTimeout(() => failed.delete(reference), failureKeptMs).unref()
      }
      throw told
    }
  }

  const openCsv = async (reference: string, target: SourceTarget, { signal }: TableOptions): Promise<Table> => {
    const table = await openTable(tools, target.path, { reading: csvReading(target), signal })
    return { ...table, path: reference, stamp: `${table.stamp} ${reference}` }
  }

  const openFrame = async (reference: string, target: SourceTarget, { signal }: TableOptions): Promise<Table> => {
    const { note, path } = await findFrame(workspace, target)
    return { ...(await openTable(tools, path, { signal })), path: reference, frame: note }
  }

  const openWeb = async (reference: string, target: SourceTarget, options: TableOptions): Promise<Table> => {
    requireTrust()
    const asked = { ...options, isFresh: options.isFresh ?? false }
    return target.kind === 's3'
      ? openS3({ ...tools, files }, reference, target, asked)
      : openHttp({ ...tools, files }, reference, target, asked)
  }

  const describe = async (target: SourceTarget): Promise<readonly ColumnSchema[]> => {
    requireTrust()
    return describePostgres(tools, target, AbortSignal.timeout(failureKeptMs))
  }

  const knownColumns = (reference: string, target: SourceTarget): Promise<readonly ColumnSchema[]> => {
    const known = described.get(reference)
    if (known) return known
    const made = describe(target)
    described.set(reference, made)
    made.catch(() => setTimeout(() => described.delete(reference), failureKeptMs).unref())
    return made
  }

  return {
    tableOf(path, options = {}) {
      const target = readReference(path)
      if (!target) return null
      if (target.kind === 'csv') return openCsv(path, target, options)
      if (target.kind === 'notebook') return openFrame(path, target, options)
      if (target.kind === 'sqlite') return openSqlite({ workspace, engine, snapshots }, path, target, options.signal)
      return remembered(path, options, () =>
        target.kind === 'postgres' ? openPostgres(path, target, options) : openWeb(path, target, options),
      )
    },
    async columnsOf(path) {
      const target = readReference(path)
      if (target?.kind !== 'postgres' || (await snapshots.newest(path))) return null
      return knownColumns(path, target)
    },
  }
}
