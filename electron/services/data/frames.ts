import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, open, readdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { SourceTarget } from '@shared/data/reference'
import { StudioError } from '@shared/errors'
import { type FrameNote, frameNoteSchema } from '@shared/kernels/frame'
import { publishFile, temporaryBeside, writeFileDurably } from '../workspace/durable'
import type { Workspace } from '../workspace/root'

/** Copies of dataframes of kernels, each an Arrow stream with a note beside it. */
const folderOf = (workspace: Workspace): string => workspace.internal('cache', 'frames')

const stemOf = (workspace: Workspace, { notebook, name }: Pick<FrameNote, 'notebook' | 'name'>): string =>
  join(folderOf(workspace), createHash('sha256').update(`${notebook}\n${name}`).digest('hex').slice(0, 32))

/** Writes the copy of a frame whole, or leaves the one before it. */
export const keepFrame = async (
  workspace: Workspace,
  of: Pick<FrameNote, 'notebook' | 'name'>,
  take: (write: (piece: Uint8Array) => Promise<void>) => Promise<Pick<FrameNote, 'rows' | 'totalRows' | 'asText'>>,
): Promise<FrameNote> => {
  const stem = stemOf(workspace, of)
  await mkdir(folderOf(workspace), { recursive: true })
  const temporary = temporaryBeside(`${stem}.arrow`)
  try {
    const file = await open(temporary, 'wx')
    let facts: Pick<FrameNote, 'rows' | 'totalRows' | 'asText'>
    try {
      facts = await take(async (piece) => {
        await file.writeFile(piece)
      })
    } finally {
      await file.close()
    }
    await publishFile(temporary, `${stem}.arrow`)
    const note: FrameNote = { ...of, ...facts, takenAt: new Date().toISOString() }
    await writeFileDurably(`${stem}.json`, JSON.stringify(note))
    return note
  } finally {
    await rm(temporary, { force: true })
  }
}

const noted = async (path: string): Promise<FrameNote | null> => {
  try {
    return frameNoteSchema.parse(JSON.parse(await readFile(path, 'utf8')))
  } catch {
    return null
  }
}

/** The newest copy of a frame, of a notebook where one is named; the path is relative to the workspace. */
export const findFrame = async (
  workspace: Workspace,
  { path: notebook, options }: SourceTarget,
): Promise<{ readonly note: FrameNote; readonly path: string }> => {
  const name = typeof options.name === 'string' ? options.name : ''
  const names = (await readdir(folderOf(workspace)).catch(() => [])).filter((file) => /^[0-9a-f]{32}\.json$/.test(file))
  const notes = (await Promise.all(names.map((file) => noted(join(folderOf(workspace), file))))).filter(
    (note) => note !== null,
  )
  const [newest] = notes
    .filter((note) => note.name === name && (notebook === '' || note.notebook === notebook))
    .filter((note) => existsSync(`${stemOf(workspace, note)}.arrow`))
    .toSorted((a, b) => (a.takenAt < b.takenAt ? 1 : -1))
  if (newest) return { note: newest, path: workspace.relative(`${stemOf(workspace, newest)}.arrow`) }
  throw new StudioError(
    'not_found',
    `There is no copy of the dataframe \`${name}\`${notebook ? ` of \`${notebook}\`` : ''}.`,
    {
      hint: 'Run the notebook, then choose the dataframe under Kernels beside the files: that copies its rows.',
    },
  )
}
