import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { StudioError } from '@shared/errors'
import type { FeathrFile } from '@shared/interchange/feathr/config'
import { z } from 'zod'
import type { Workspace } from '../workspace/root'
import { isHidden } from '../workspace/tree'
import { runScript, type ScriptRun } from './script'

const mostFiles = 500

const answerSchema = z.union([
  z.object({ files: z.array(z.unknown()) }),
  z.object({ error: z.object({ file: z.string(), line: z.number().nullable(), message: z.string() }) }),
])

const configurationsBelow = async (folder: string): Promise<readonly string[]> => {
  const entries = (await readdir(folder, { withFileTypes: true })).filter(({ name }) => !isHidden(name))
  const found = await Promise.all(
    entries.map(async (entry): Promise<readonly string[]> => {
      const path = join(folder, entry.name)
      if (entry.isDirectory()) return configurationsBelow(path)
      return entry.isFile() && entry.name.endsWith('.conf') ? [path] : []
    }),
  )
  return found.flat().sort()
}

/** The configuration files of a path, with their HOCON read by a parser that follows its whole specification. */
export const readFeathr = async (
  path: string,
  workspace: Workspace,
  deadlineMs: number,
  run: Pick<ScriptRun, 'platform' | 'signal' | 'onProgress' | 'onLine'>,
): Promise<readonly FeathrFile[]> => {
  const absolute = workspace.resolve(path)
  const info = await stat(absolute).catch(() => null)
  if (!info)
    throw new StudioError('not_found', `\`${path}\` is not there.`, {
      hint: 'Name a `.conf` file or a folder of them.',
    })
  const files = info.isDirectory() ? await configurationsBelow(absolute) : [absolute]
  if (files.length === 0 || files.length > mostFiles)
    throw new StudioError(
      'not_found',
      `There are ${files.length === 0 ? 'no' : 'more than 500'} \`.conf\` files in \`${path}\`.`,
      {
        hint: 'Name the file, or the folder, that holds Feathr’s feature configuration.',
      },
    )
  const output = await runScript({
    ...run,
    lock: 'hocon',
    script: 'hocon_json.py',
    args: [workspace.root, ...files],
    folder: workspace.root,
    deadlineMs,
    subject: 'The configuration',
  })
  const answer = answerSchema.parse(JSON.parse(output))
  if ('error' in answer) {
    const file = workspace.relative(answer.error.file)
    throw new StudioError('unreadable_file', `\`${file}\` could not be read as HOCON: ${answer.error.message}`, {
      place: { file, line: answer.error.line ?? undefined },
      hint: 'Environment variables are not read, and includes only inside the workspace.',
    })
  }
  return answer.files.map((config, index) => ({ path: workspace.relative(files[index] ?? ''), config }))
}
