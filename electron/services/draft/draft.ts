import type { ColumnProfile, TableSchema } from '@shared/data/profile'
import { readReference } from '@shared/data/reference'
import { draftProgram, nameOfFile } from '@shared/draft/draft'
import type { DraftFacts } from '@shared/draft/facts'
import { labelOf } from '@shared/draft/label'
import type { CheckedProgram } from '@shared/language/check/check'
import type { DraftResult, draftContract } from '@shared/rpc/draft'
import type { Emit, Service, ServiceContext } from '../context'
import type { DataService } from '../data/data'
import { profileColumns } from '../data/profile'
import type { JobHandle } from '../jobs/jobs'
import { findAscending, findKey, findShared, type Measured, tieOf } from './measure'

export type DraftService = Service<typeof draftContract>

export interface DraftDependencies {
  readonly data: Pick<DataService, 'engine' | 'schemaOf' | 'tableOf' | 'columnsFrom' | 'explain'>
  readonly language: { checkedWorkspace(): Promise<CheckedProgram> }
}

/** Of wider files only so many columns are looked at. */
const mostColumns = 500
const profiledShare = 0.6
const columnsAtOnce = 20

interface Request {
  readonly path: string
  readonly label?: string
  readonly sourcePath?: string
}

export const createDraftService = (
  context: ServiceContext,
  _emit: Emit<typeof draftContract>,
  { data, language }: DraftDependencies,
): DraftService => {
  const { workspace, jobs } = context

  const profilesOf = async (
    { engine, from, options }: Measured,
    { columns }: TableSchema,
    job: JobHandle,
  ): Promise<ColumnProfile[]> => {
    const [counted] = await engine.rows(`select count(*) as n from ${from}`, [], options)
    const rows = Number(counted?.n ?? 0)
    const profiles: ColumnProfile[] = []
    const looked = columns.slice(0, mostColumns)
    for (let index = 0; index < looked.length; index += columnsAtOnce) {
      const some = looked.slice(index, index + columnsAtOnce)
      job.progress((profiledShare * index) / looked.length, `Reading ${some[0]?.name}`)
      profiles.push(...(await profileColumns(engine, { from, parameters: [] }, some, rows, options)))
    }
    return profiles
  }

  const tiesOf = async (
    measured: Measured,
    { label, profiles, rows }: Pick<DraftFacts, 'label' | 'profiles' | 'rows'>,
    job: JobHandle,
  ): Promise<Record<string, number>> => {
    const ties: Record<string, number> = {}
    if (label === null) return ties
    for (const [index, profile] of profiles.entries()) {
      if (profile.name === label.column || profile.distinct < 2) continue
      job.progress(
        profiledShare + ((1 - profiledShare) * index) / profiles.length,
        `Comparing ${profile.name} with ${label.column}`,
      )
      ties[profile.name] = await tieOf(measured, label, profile, rows)
    }
    return ties
  }

  /** A name that no namespace and no file of the workspace has yet. */
  const freeName = async (path: string): Promise<string> => {
    const { documents, namespaces } = await language.checkedWorkspace()
    const stem = nameOfFile(path)
    for (let count = 0; ; count++) {
      const name = count === 0 ? stem : count === 1 ? `${stem}_draft` : `${stem}_draft_${count}`
      if (!documents.has(`${name}.proml`) && !namespaces.has(name)) return name
    }
  }

  const draft = async ({ path, label: wanted, sourcePath }: Request, job: JobHandle): Promise<DraftResult> => {
    job.progress(0, 'Reading the columns')
    const table = await data.tableOf(path)
    const schema = await data.schemaOf(path)
    try {
      const from = await data.columnsFrom(table, job.signal)
      const measured: Measured = { engine: data.engine, from, options: { signal: job.signal } }
      const profiles = await profilesOf(measured, schema, job)
      const rows = profiles[0]?.rows ?? 0
      const label = labelOf(profiles, wanted)
      const source = sourcePath ?? (readReference(path) ? path : workspace.relative(workspace.resolve(path)))
      const name = await freeName(source)
      const facts: DraftFacts = {
        schema,
        rows,
        profiles,
        key: await findKey(
          measured,
          profiles.filter((profile) => profile.name !== label?.column),
          rows,
        ),
        ascending: await findAscending(measured, profiles),
        shared: await findShared(measured, profiles),
        label,
        ties: await tiesOf(measured, { label, profiles, rows }, job),
        name,
        path: source,
      }
      const { text, model, label: predicted, assumptions } = draftProgram(facts)
      return { text, program: `${name}.proml`, model, label: predicted, assumptions: [...assumptions] }
    } catch (error) {
      throw await data.explain(table, error)
    }
  }

  return {
    handlers: {
      file: async (request) => {
        // What is no table, or not there, is told at once.
        await data.schemaOf(request.path)
        const { id } = jobs.start({ kind: 'draft', title: `Draft a model from ${request.path}` }, (job) =>
          draft(request, job),
        )
        return { jobId: id }
      },
    },
    dispose: async () => {},
  }
}
