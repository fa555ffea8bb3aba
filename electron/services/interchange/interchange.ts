import { lstat, readFile } from 'node:fs/promises'
import { posix } from 'node:path'
import { StudioError } from '@shared/errors'
import { exportFeast } from '@shared/interchange/feast/exportFeast'
import { importFeast } from '@shared/interchange/feast/importFeast'
import { exportFeathr } from '@shared/interchange/feathr/exportFeathr'
import { importFeathr } from '@shared/interchange/feathr/importFeathr'
import type { TypeOfColumn } from '@shared/interchange/places'
import type { InterchangeReport } from '@shared/interchange/report'
import { parse } from '@shared/language/syntax/parser'
import type { ImportResult, interchangeContract } from '@shared/rpc/interchange'
import type { Emit, Service, ServiceContext } from '../context'
import type { DataService } from '../data/data'
import { writeFileDurably } from '../workspace/durable'
import { readFeast } from './feast'
import { readFeathr } from './feathr'
import { keyTypes } from './keyTypes'
import { programsOf } from './programs'
import type { ScriptRun } from './script'

export type InterchangeService = Service<typeof interchangeContract>

export interface InterchangeDependencies {
  readonly data: Pick<DataService, 'schemaOf'>
  readonly isTrusted: () => boolean
  /** For what never comes to an end. */
  readonly deadlineMs?: number
}

type Imported = { readonly text: string; readonly report: InterchangeReport }
type Running = Pick<ScriptRun, 'platform' | 'signal' | 'onProgress' | 'onLine'>

export const createInterchangeService = (
  { workspace, platform, jobs }: ServiceContext,
  _emit: Emit<typeof interchangeContract>,
  { data, isTrusted, deadlineMs = 120_000 }: InterchangeDependencies,
): InterchangeService => {
  const controller = new AbortController()

  const importFrom = async (format: 'feathr' | 'feast', path: string, running: Running): Promise<Imported> => {
    const { root } = workspace
    // The types of keys may stand nowhere but in the files that a first pass finds.
    const typed = async (pass: (typeOfColumn: TypeOfColumn) => Imported): Promise<Imported> =>
      pass(await keyTypes(pass(() => null).text, data.schemaOf))
    if (format === 'feast') {
      const description = await readFeast(path, workspace, deadlineMs, running)
      const folder = workspace.relative(workspace.resolve(path))
      return typed((typeOfColumn) => importFeast({ description, folder, root, typeOfColumn }))
    }
    const files = await readFeathr(path, workspace, deadlineMs, running)
    return typed((typeOfColumn) => importFeathr({ files, root, typeOfColumn }))
  }

  /** Absolute path of something that will be written; what is there already is not replaced unasked. */
  const writable = async (path: string, isReplacing: boolean): Promise<string> => {
    const absolute = workspace.resolve(path)
    const isThere = await lstat(absolute).then(
      () => true,
      () => false,
    )
    if (isThere && !isReplacing)
      throw new StudioError('already_exists', `There already is a file \`${path}\`.`, {
        place: { file: path },
        hint: 'Choose another name, or say that it is to be replaced (`--force`).',
      })
    return absolute
  }

  return {
    handlers: {
      importFeatures: async ({ format, path, output, isReplacing }) => {
        if (format === 'feast' && !isTrusted())
          throw new StudioError(
            'permission_denied',
            'A Feast repository is Python code, and this workspace is not trusted to run any.',
            {
              hint: 'Trust the workspace first, if you know where it is from.',
            },
          )
        if (output !== undefined && !output.endsWith('.proml'))
          throw new StudioError('invalid_input', `\`${output}\` is no Pro-ML file.`, {
            hint: 'End its name in `.proml`.',
          })
        // Told before the work, and looked at once more after it.
        if (output !== undefined) await writable(output, isReplacing)
        const title = `Import ${format === 'feast' ? 'Feast' : 'Feathr'} features`
        const job = jobs.start(
          { kind: 'import', title },
          async (handle): Promise<ImportResult & Record<string, unknown>> => {
            const { text, report } = await importFrom(format, path, {
              platform,
              signal: AbortSignal.any([handle.signal, controller.signal]),
              onProgress: handle.progress,
              onLine: handle.log,
            })
            if (output !== undefined) await write(await writable(output, isReplacing), output, text)
            return { text, written: output ?? null, report }
          },
        )
        return { jobId: job.id }
      },
      exportFeatures: async ({ format, path, folder, isReplacing }) => {
        const program = {
          path,
          document: parse(await readProgram(workspace.resolve(path), path)),
          others: await programsOf(workspace),
        }
        const [problem] = program.document.errors
        if (problem)
          throw new StudioError('language_errors', `\`${path}\` cannot be read: ${problem.message}`, {
            place: { file: path },
            hint: problem.mend,
          })
        const { files, report } = exported(format, program, workspace.relative(workspace.resolve(folder)))
        const written = await Promise.all(
          Object.entries(files).map(async ([name, text]) => {
            const file = posix.join(workspace.relative(workspace.resolve(folder)), name)
            return { file, text, absolute: await writable(file, isReplacing) }
          }),
        )
        for (const { absolute, file, text } of written) await write(absolute, file, text)
        return { files: written.map(({ file }) => file), report }
      },
    },
    dispose: async () => controller.abort(),
  }
}

const readProgram = (absolute: string, path: string): Promise<string> =>
  readFile(absolute, 'utf8').catch((cause: unknown) => {
    throw new StudioError('not_found', `\`${path}\` cannot be read.`, {
      place: { file: path },
      hint: 'Name a `.proml` file of the workspace.',
      cause,
    })
  })

const write = (absolute: string, path: string, text: string): Promise<void> =>
  writeFileDurably(absolute, text).catch((cause: unknown) => {
    throw new StudioError('permission_denied', `\`${path}\` cannot be written.`, {
      place: { file: path },
      hint: 'Check its folder: it may be a file, full, or not yours to write.',
      cause,
    })
  })

const exported = (
  format: 'feathr' | 'feast',
  program: Parameters<typeof exportFeathr>[0],
  folder: string,
): { readonly files: Readonly<Record<string, string>>; readonly report: InterchangeReport } => {
  if (format === 'feathr') {
    const { text, report } = exportFeathr(program)
    return { files: { 'features.conf': text }, report }
  }
  const project =
    posix
      .basename(program.path, '.proml')
      .replaceAll(/\W/g, '_')
      .replace(/^[^A-Za-z]+/, '') || 'features'
  // A repository’s paths are relative to it.
  return exportFeast({ program, project, pathFrom: (path) => posix.relative(folder, path) })
}
