import { StudioError } from '../errors'
import { isObject, type Json, type JsonObject, parseJson, printJson, RawNumber } from './json'

export type CellKind = 'code' | 'markdown' | 'raw'

/**
 * A cell as it is edited. Text that the file holds as lists of lines is one string here; everything that we do not
 * know is kept as it was read.
 */
export interface NotebookCell {
  /** Unique in the document; the cell's `id` where the format has one (4.5), made up where it has none. */
  readonly key: string
  readonly kind: CellKind
  readonly source: string
  readonly metadata: JsonObject
  /** nbformat's output objects, of code cells. */
  readonly outputs: readonly JsonObject[]
  readonly executionCount: number | null
  /** Keys beside those above: `attachments`, and what other tools have put there. */
  readonly rest: JsonObject
}

export interface NotebookDocument {
  readonly cells: readonly NotebookCell[]
  readonly metadata: JsonObject
  /** Of nbformat 4. Cells have ids from 5 on. */
  readonly minor: number
  readonly rest: JsonObject
}

const numberOf = (value: Json | undefined): number | null => {
  if (typeof value === 'number') return value
  return value instanceof RawNumber ? Number(value.text) : null
}

/** Lists of lines in nbformat: every text, but not JSON data, whose lists are lists. */
const isJsonType = (mime: string): boolean => /^application\/(?:json|.*\+json)$/.test(mime)
const isSplitType = (mime: string): boolean =>
  mime.startsWith('text/') || mime === 'application/javascript' || mime === 'image/svg+xml'

const joined = (value: Json | undefined): Json | undefined =>
  Array.isArray(value) && value.every((line) => typeof line === 'string') ? value.join('') : value

const lineBreaks = String.raw`\n\r\v\f\x1c-\x1e\x85\u2028\u2029`
const lines = new RegExp(`[^${lineBreaks}]*(?:\\r\\n|[${lineBreaks}])|[^${lineBreaks}]+`, 'g')

/** What Python's `str.splitlines(True)` does, with all the line ends that it knows. */
export const splitLines = (text: string): string[] => text.match(lines) ?? []

const split = (value: Json | undefined): Json => (typeof value === 'string' ? splitLines(value) : (value ?? null))

const mapBundle = (bundle: Json | undefined, change: (mime: string, value: Json) => Json): JsonObject =>
  isObject(bundle) ? Object.fromEntries(Object.entries(bundle).map(([mime, value]) => [mime, change(mime, value)])) : {}

const joinBundle = (bundle: Json | undefined) =>
  mapBundle(bundle, (mime, value) => (isJsonType(mime) ? value : (joined(value) ?? value)))
const splitBundle = (bundle: Json | undefined) =>
  mapBundle(bundle, (mime, value) => (isSplitType(mime) ? split(value) : value))

const mapOutput = (output: JsonObject, text: (value: Json) => Json, bundle: (value: Json) => Json): JsonObject => {
  const type = output.output_type
  if ((type === 'display_data' || type === 'execute_result') && output.data !== undefined)
    return { ...output, data: bundle(output.data) }
  return type === 'stream' && output.text !== undefined ? { ...output, text: text(output.text) } : output
}

const joinOutput = (output: JsonObject) => mapOutput(output, (text) => joined(text) ?? text, joinBundle)
const splitOutput = (output: JsonObject) => mapOutput(output, split, splitBundle)

const joinAttachments = (rest: JsonObject): JsonObject =>
  isObject(rest.attachments)
    ? { ...rest, attachments: mapBundle(rest.attachments, (_, value) => joinBundle(value)) }
    : rest
const splitAttachments = (rest: JsonObject): JsonObject =>
  isObject(rest.attachments)
    ? { ...rest, attachments: mapBundle(rest.attachments, (_, value) => splitBundle(value)) }
    : rest

const kindOf = (value: Json | undefined): CellKind => (value === 'code' || value === 'markdown' ? value : 'raw')

const readCell = (value: Json, index: number, taken: Set<string>): NotebookCell => {
  if (!isObject(value))
    throw new StudioError('unreadable_file', `Cell ${index + 1} of the notebook is not an object.`, {
      hint: 'The file is damaged; restore it from version control or a backup.',
    })
  const { cell_type, source, metadata, outputs, execution_count, id, ...rest } = value
  const kind = kindOf(cell_type)
  const wanted = typeof id === 'string' && id !== '' ? id : `cell-${index + 1}`
  let key = wanted
  // Duplicate ids are invalid but seen in files that people merged by hand.
  for (let copy = 2; taken.has(key); copy += 1) key = `${wanted}-${copy}`
  taken.add(key)
  const text = joined(source)
  const kept: Record<string, Json> = { ...joinAttachments(rest) }
  if (typeof id === 'string' && id !== key) kept.id = id
  if (kind === 'raw' && cell_type !== 'raw' && cell_type !== undefined) kept.cell_type = cell_type
  if (kind !== 'code' && outputs !== undefined) kept.outputs = outputs
  if (kind !== 'code' && execution_count !== undefined) kept.execution_count = execution_count
  return {
    key,
    kind,
    source: typeof text === 'string' ? text : '',
    metadata: isObject(metadata) ? metadata : {},
    outputs: kind === 'code' && Array.isArray(outputs) ? outputs.filter(isObject).map(joinOutput) : [],
    executionCount: kind === 'code' ? numberOf(execution_count) : null,
    rest: kept,
  }
}

/** Reads a notebook of nbformat 4; `unreadable_file` says what is wrong with any other text. */
export const parseNotebook = (text: string): NotebookDocument => {
  let value: Json
  try {
    // Some editors put a byte-order mark first.
    value = parseJson(
      text.replace(/^\uFEFF/, '').trim() === ''
        ? '{"nbformat":4,"nbformat_minor":5,"metadata":{},"cells":[]}'
        : text.replace(/^\uFEFF/, ''),
    )
  } catch (error) {
    throw new StudioError('unreadable_file', 'This notebook is not valid JSON.', {
      hint: 'Look for merge marks (<<<<<<<) or restore the file from version control.',
      cause: error,
    })
  }
  if (!isObject(value) || !Array.isArray(value.cells)) {
    const isOld = isObject(value) && Array.isArray(value.worksheets)
    throw new StudioError(
      'unreadable_file',
      isOld ? 'This notebook is in the format of 2014.' : 'This file holds no notebook.',
      {
        hint: isOld
          ? 'Convert it with `jupyter nbconvert --to notebook`.'
          : 'A notebook is a JSON object with a list of cells.',
      },
    )
  }
  const { cells, metadata, nbformat, nbformat_minor, ...rest } = value
  const major = numberOf(nbformat) ?? 4
  if (major !== 4)
    throw new StudioError('unreadable_file', `This notebook is in format ${major}; the studio reads format 4.`, {
      hint: 'Convert it with `jupyter nbconvert --to notebook`.',
    })
  const taken = new Set<string>()
  return {
    cells: (Array.isArray(cells) ? cells : []).map((cell, index) => readCell(cell, index, taken)),
    metadata: isObject(metadata) ? metadata : {},
    minor: numberOf(nbformat_minor) ?? 5,
    rest,
  }
}

const writeCell = (cell: NotebookCell, minor: number): JsonObject => ({
  cell_type: cell.kind,
  metadata: cell.metadata,
  source: splitLines(cell.source),
  ...(minor >= 5 ? { id: cell.key } : {}),
  ...(cell.kind === 'code' ? { outputs: cell.outputs.map(splitOutput), execution_count: cell.executionCount } : {}),
  // Last, since it holds what the file said where that differs from what we took it for.
  ...splitAttachments(cell.rest),
})

/** The bytes that nbformat itself would write: what was not touched does not change, so diffs stay small. */
export const printNotebook = (notebook: NotebookDocument): string =>
  `${printJson({
    ...notebook.rest,
    cells: notebook.cells.map((cell) => writeCell(cell, notebook.minor)),
    metadata: notebook.metadata,
    nbformat: 4,
    nbformat_minor: notebook.minor,
  })}\n`
