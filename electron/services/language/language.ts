import { createHash } from 'node:crypto'
import { readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { TableSchema } from '@shared/data/profile'
import { StudioError, toStudioError } from '@shared/errors'
import { featureCatalogue } from '@shared/features/catalogue'
import type { Document } from '@shared/language/ast'
import {
  type CheckedProgram,
  checkProgram,
  type FeatureSetAnswer,
  modelsOf,
  type ProgramFile,
  type SchemaAnswer,
} from '@shared/language/check/check'
import { isFeatureSet } from '@shared/language/check/featureSets'
import type { Diagnostic } from '@shared/language/diagnostic'
import { format } from '@shared/language/format/format'
import { parse, tooLong, unread } from '@shared/language/syntax/parser'
import { planModel } from '@shared/plan/build'
import type { ModelPlan } from '@shared/plan/plan'
import type { FeatureSummary } from '@shared/rpc/features'
import type { languageContract } from '@shared/rpc/language'
import type { Emit, Service, ServiceContext } from '../context'

export interface LanguageDependencies {
  readonly data: { schemaOf(path: string): Promise<TableSchema> }
  /** The files of a feature set of the workspace’s store; null where it is not there. */
  readonly featureSet?: (reference: string) => Promise<readonly ProgramText[] | null>
}

export interface ProgramText {
  readonly path: string
  readonly text: string
}

/** What a namespace publishes. */
export interface FeatureSet {
  readonly namespace: string
  readonly files: readonly ProgramText[]
  readonly features: readonly FeatureSummary[]
}

export type LanguageService = Service<typeof languageContract> & {
  /**
   * The plan of a model, or of the only model of the file; `text` replaces what is on disk. Fails with `language_errors`
   * and the first error’s place.
   */
  planOf(path: string, model?: string, text?: string): Promise<ModelPlan>
  /** All `.proml` files of the workspace, with texts that replace what is on disk (unsaved files of an editor). */
  checkedWorkspace(replaced?: ReadonlyMap<string, string>): Promise<CheckedProgram>
  /** The files of a namespace, to be published; fails where they do not check, or need a file that would not come along. */
  featureSetOf(namespace: string): Promise<FeatureSet>
}

/** The last check, and what it was made from. */
interface Checked {
  readonly filesKey: string
  readonly answersKey: string
  readonly needs: readonly string[]
  readonly wants: readonly string[]
  readonly program: CheckedProgram
}

const passedOver = new Set(['node_modules', '__pycache__'])
const fileLimit = 2_000
const sizeLimit = 8_000_000

export const createLanguageService = (
  context: ServiceContext,
  _emit: Emit<typeof languageContract>,
  dependencies: LanguageDependencies,
): LanguageService => {
  const { workspace } = context
  const documents = new Map<string, { readonly digest: string; readonly document: Document }>()
  const schemas = new Map<string, { readonly stamp: string; readonly answer: SchemaAnswer }>()
  let last: Checked | null = null

  const read = async (path: string): Promise<string> => {
    const absolute = workspace.resolve(path)
    try {
      const { size } = await stat(absolute)
      if (size > sizeLimit)
        throw new StudioError('unreadable_file', `\`${path}\` is too long for a program.`, {
          hint: 'Split it into several `.proml` files.',
          place: { file: path },
        })
      return await readFile(absolute, 'utf8')
    } catch (error) {
      if (error instanceof StudioError) throw error
      throw new StudioError('not_found', `There is no file \`${path}\`.`, { cause: error, place: { file: path } })
    }
  }

  const documentOf = (path: string, text: string): { digest: string; document: Document } => {
    const digest = createHash('sha256').update(text).digest('hex')
    const known = documents.get(path)
    if (known?.digest === digest) return known
    const made = { digest, document: parse(text) }
    documents.set(path, made)
    return made
  }

  /** A file that cannot be read is told as a mistake of its own: what it declares would only seem to be missing. */
  const documentAt = async (path: string, replaced: string | undefined) => {
    if (replaced !== undefined) return documentOf(path, replaced)
    try {
      const { size } = await stat(workspace.resolve(path))
      return size > sizeLimit ? { digest: 'too long', document: tooLong } : documentOf(path, await read(path))
    } catch (error) {
      const { message } = toStudioError(error)
      return { digest: message, document: unread(message) }
    }
  }

  const schemaOf = async (path: string): Promise<SchemaAnswer> => {
    // A glob has no stamp of its own and is asked for anew.
    const stamp = await stampOf(path)
    const known = schemas.get(path)
    if (known && stamp !== null && known.stamp === stamp) return known.answer
    const answer = await dependencies.data.schemaOf(path).catch((thrown: unknown): SchemaAnswer => {
      const { message, hint } = toStudioError(thrown)
      return { failed: message, hint }
    })
    if (stamp === null) schemas.delete(path)
    else schemas.set(path, { stamp, answer })
    return answer
  }

  const stampOf = async (path: string): Promise<string | null> => {
    try {
      const { mtimeMs, size } = await stat(workspace.resolve(path))
      return `${mtimeMs} ${size}`
    } catch {
      return null
    }
  }

  const checkedWorkspace = async (replaced: ReadonlyMap<string, string> = new Map()): Promise<CheckedProgram> => {
    const onDisk = await findPrograms(workspace.root)
    const paths = [...new Set([...onDisk, ...replaced.keys()])].sort()
    const files: ProgramFile[] = []
    const key = createHash('sha256')
    for (const path of paths) {
      const { digest, document } = await documentAt(path, replaced.get(path))
      key.update(`${path}\0${digest}\0`)
      files.push({ path, document })
    }
    for (const path of documents.keys())
      if (!paths.includes(path) && !isFeatureSet(path.split('/')[0] ?? '')) documents.delete(path)
    const filesKey = key.digest('hex')
    const schemasKnown = new Map<string, SchemaAnswer>()
    const sets = new Map<string, FeatureSetAnswer>()
    const setDigests = new Map<string, string>()
    // What a feature set reads is wanted only when the set is there, and a set may import another.
    let wanted = last?.filesKey === filesKey ? last : checkProgram(files, schemasKnown, sets)
    for (;;) {
      for (const path of wanted.needs) if (!schemasKnown.has(path)) schemasKnown.set(path, await schemaOf(path))
      for (const reference of wanted.wants) {
        if (sets.has(reference)) continue
        const { answer, digest } = await setOf(reference)
        sets.set(reference, answer)
        setDigests.set(reference, digest)
      }
      const answersKey = JSON.stringify([[...schemasKnown], [...setDigests]])
      if (last?.filesKey === filesKey && last.answersKey === answersKey) return last.program
      const program = checkProgram(files, schemasKnown, sets)
      if (program.needs.every((path) => schemasKnown.has(path)) && program.wants.every((one) => sets.has(one))) {
        last = { filesKey, answersKey, needs: [...schemasKnown.keys()], wants: [...sets.keys()], program }
        return program
      }
      wanted = program
    }
  }

  const setOf = async (reference: string): Promise<{ answer: FeatureSetAnswer; digest: string }> => {
    const files = await (dependencies.featureSet?.(reference) ?? Promise.resolve(null)).catch((thrown: unknown) => ({
      failed: toStudioError(thrown).message,
    }))
    if (files === null) return { answer: { failed: 'it is not in this workspace’s store.' }, digest: 'none' }
    if ('failed' in files) return { answer: files, digest: files.failed }
    const read = files.map(({ path, text }) => ({ path, ...documentOf(`${reference}/${path}`, text) }))
    return { answer: { files: read }, digest: read.map(({ digest }) => digest).join() }
  }

  const featureSetOf = async (namespace: string): Promise<FeatureSet> => {
    const program = await checkedWorkspace()
    const own = [...program.documents].filter(
      ([path, document]) => (document.namespace?.text ?? '') === namespace && !isFeatureSet(path.split('/')[0] ?? ''),
    )
    if (namespace === '' || own.length === 0) {
      const known = [...program.namespaces.keys()].filter((name) => name !== '' && !isFeatureSet(name))
      throw new StudioError('not_found', `There is no namespace \`${namespace}\` in this workspace.`, {
        hint: known.length > 0 ? `It has: ${known.join(', ')}.` : 'Begin a file with `namespace` and a name.',
      })
    }
    const paths = new Set(own.map(([path]) => path))
    const errors = program.diagnostics.filter(({ file, severity }) => severity === 'error' && paths.has(file))
    if (errors.length > 0) throw languageErrors(namespace, errors)
    for (const [path, { imports }] of own)
      for (const { from } of imports)
        if (from && !isFeatureSet(from.text))
          throw new StudioError(
            'invalid_input',
            `\`${path}\` imports from \`${from.text}\`, which would not come along.`,
            {
              hint: 'Publish that namespace first, and import it by its version.',
              place: { file: path },
            },
          )
    return {
      namespace,
      files: own.map(([path, { text }]) => ({ path, text })),
      features: featureCatalogue(program).filter((feature) => feature.namespace === namespace),
    }
  }

  const planOf = async (path: string, model?: string, text?: string): Promise<ModelPlan> => {
    const relative = workspace.relative(workspace.resolve(path))
    const program = await checkedWorkspace(text === undefined ? undefined : new Map([[relative, text]]))
    if (!program.documents.has(relative)) await read(relative)
    const result = planModel(program, relative, model)
    if (result.ok) return result.plan
    if (result.reason === 'errors') throw languageErrors(result.model, result.errors)
    if (result.reason === 'needs')
      throw new StudioError(
        'language_errors',
        `The data of \`${result.model}\` could not be read: ${result.needs.join(', ')}.`,
      )
    // A model whose name another file of the namespace declares too is not missing: it is declared twice.
    const declared = program.documents.get(relative)?.declarations.filter(({ kind }) => kind === 'model') ?? []
    const twice = program.diagnostics.filter(
      ({ file, code, span }) =>
        file === relative &&
        code === 'PML1107' &&
        declared.some(({ name }) => name.span.start === span.start && (model === undefined || name.text === model)),
    )
    if (twice.length > 0) throw languageErrors(model ?? relative, twice)
    throw noModel(relative, model, result.models)
  }

  const check = async (input: { path?: string; text?: string }) => {
    const started = performance.now()
    const path = input.path === undefined ? undefined : workspace.relative(workspace.resolve(input.path))
    const replaced = new Map(path !== undefined && input.text !== undefined ? [[path, input.text]] : [])
    const program = await checkedWorkspace(replaced)
    if (path !== undefined && !program.documents.has(path)) await read(path)
    const diagnostics = program.diagnostics.filter(({ file }) => path === undefined || file === path)
    return { diagnostics: [...diagnostics], files: program.documents.size, elapsedMs: performance.now() - started }
  }

  return {
    handlers: {
      check,
      async models() {
        const program = await checkedWorkspace()
        return modelsOf(program).map(({ file, declaration, uses }) => ({
          path: file,
          model: declaration.name.text,
          documentation: declaration.documentation,
          uses: uses.length,
          hasErrors: !planModel(program, file, declaration.name.text).ok,
        }))
      },
      plan: ({ path, model }) => planOf(path, model),
      featureSet: async ({ reference }) => {
        const files = await (dependencies.featureSet?.(reference) ?? Promise.resolve(null))
        return { files: files && files.map(({ path, text }) => ({ path, text })) }
      },
      format: async ({ text }) => ({ text: format(text) }),
    },
    planOf,
    checkedWorkspace,
    featureSetOf,
    dispose: async () => {
      documents.clear()
      schemas.clear()
      last = null
    },
  }
}

/** Workspace-relative paths of all `.proml` files, hidden folders and installed packages aside. */
const findPrograms = async (root: string): Promise<string[]> => {
  const found: string[] = []
  const open = ['']
  for (let folder = open.pop(); folder !== undefined && found.length < fileLimit; folder = open.pop()) {
    const entries = await readdir(join(root, folder), { withFileTypes: true }).catch(() => [])
    for (const entry of entries) {
      const path = folder === '' ? entry.name : `${folder}/${entry.name}`
      if (entry.isDirectory() && !entry.name.startsWith('.') && !passedOver.has(entry.name)) open.push(path)
      else if (entry.isFile() && entry.name.endsWith('.proml')) found.push(path)
    }
  }
  return found
}

const languageErrors = (model: string, errors: readonly Diagnostic[]): StudioError => {
  const [first] = errors
  if (!first) return new StudioError('language_errors', `\`${model}\` cannot be planned.`)
  const more = errors.length > 1 ? ` (and ${errors.length - 1} more)` : ''
  return new StudioError('language_errors', `${first.message}${more}`, {
    hint: first.mend,
    place: { file: first.file, line: first.line },
    detail: errors.map((each) => `${each.file}:${each.line}:${each.column} ${each.code} ${each.message}`).join('\n'),
  })
}

const noModel = (path: string, model: string | undefined, models: readonly string[]): StudioError => {
  const hint = models.length === 0 ? 'Declare one with `model`.' : `It has: ${models.join(', ')}.`
  if (model !== undefined)
    return new StudioError('not_found', `\`${path}\` has no model \`${model}\`.`, { hint, place: { file: path } })
  const what = models.length === 0 ? 'has no model' : 'has several models; say which'
  return new StudioError(models.length === 0 ? 'not_found' : 'invalid_input', `\`${path}\` ${what}.`, {
    hint,
    place: { file: path },
  })
}
