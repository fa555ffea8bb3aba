import { z } from 'zod'
import { command, defineService, query } from './contract'

export const entrySchema = z.object({
  /** Workspace-relative, `/`-separated. */
  path: z.string(),
  name: z.string(),
  kind: z.enum(['file', 'folder']),
  sizeBytes: z.number(),
  modifiedAt: z.number(),
})
export type WorkspaceEntry = z.infer<typeof entrySchema>

export const workspaceInfoSchema = z.object({
  root: z.string(),
  name: z.string(),
  /** A restricted workspace runs nothing until a person trusts it. */
  isTrusted: z.boolean(),
  /** Another studio’s window had it open first, and has it still. */
  isOpenElsewhere: z.boolean(),
  branch: z.string().nullable(),
})
export type WorkspaceInfo = z.infer<typeof workspaceInfoSchema>

const path = z.string().min(1)

export const workspaceContract = defineService({
  name: 'workspace',
  procedures: {
    info: query({ summary: 'Which folder is open.', input: z.object({}), output: workspaceInfoSchema }),
    open: command({
      summary: 'Open another folder.',
      input: z.object({ root: z.string() }),
      output: workspaceInfoSchema,
    }),
    trust: command({ summary: 'Let this workspace run code.', input: z.object({}), output: workspaceInfoSchema }),
    recent: query({
      summary: 'Folders opened before, newest first.',
      input: z.object({}),
      output: z.array(z.object({ root: z.string(), name: z.string() })),
    }),
    tree: query({
      summary: 'All files and folders but hidden ones, folders first, at most 5,000.',
      input: z.object({}),
      output: z.object({ entries: z.array(entrySchema), isTruncated: z.boolean() }),
    }),
    read: query({
      summary: 'A UTF-8 text file (at most 64 MiB) and the digest that a later write must name.',
      input: z.object({ path }),
      output: z.object({ text: z.string(), digest: z.string() }),
    }),
    write: command({
      summary:
        'Write a text file durably. With `expectedDigest`, refuses (`conflict`) if the file changed since; null means it must not exist.',
      input: z.object({ path, text: z.string(), expectedDigest: z.string().nullable().optional() }),
      output: z.object({ digest: z.string() }),
    }),
    createFolder: command({ summary: 'Make a folder.', input: z.object({ path }), output: z.object({}) }),
    rename: command({
      summary: 'Rename or move a file or folder; refuses to overwrite.',
      input: z.object({ from: path, to: path }),
      output: z.object({}),
    }),
    remove: command({
      summary: 'Move a file or folder to `.proml/trash`; nothing is lost.',
      input: z.object({ path }),
      output: z.object({ trashedAs: z.string() }),
    }),
    journalWrite: command({
      summary:
        'Keep unsaved text of a document outside the document, so that a crash loses at most two seconds; null forgets it.',
      input: z.object({ path, text: z.string().nullable() }),
      output: z.object({}),
    }),
    journalList: query({
      summary: 'Unsaved text left by an earlier session.',
      input: z.object({}),
      output: z.array(z.object({ path: z.string(), text: z.string(), savedAt: z.number() })),
    }),
    settings: query({
      summary: 'The user’s settings.',
      input: z.object({}),
      output: z.record(z.string(), z.unknown()),
    }),
    saveSettings: command({
      summary: 'Merge into the user’s settings.',
      input: z.record(z.string(), z.unknown()),
      output: z.record(z.string(), z.unknown()),
    }),
  },
  events: {
    /** Paths that changed on disk, made by anyone. */
    changed: z.object({ paths: z.array(z.string()) }),
    opened: workspaceInfoSchema,
  },
})
