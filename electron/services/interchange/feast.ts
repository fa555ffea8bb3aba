import { mkdtemp, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { StudioError } from '@shared/errors'
import { type FeastDescription, feastDescriptionSchema } from '@shared/interchange/feast/description'
import { z } from 'zod'
import type { Workspace } from '../workspace/root'
import { runScript, type ScriptRun } from './script'

const answerSchema = z.union([
  z.object({
    error: z.object({ message: z.string(), file: z.string().nullable(), line: z.number().nullable() }),
  }),
  feastDescriptionSchema,
])

/** A repository’s definitions as Feast itself sees them. Its Python is run for that, in a process of its own. */
export const readFeast = async (
  path: string,
  workspace: Workspace,
  deadlineMs: number,
  run: Pick<ScriptRun, 'platform' | 'signal' | 'onProgress' | 'onLine'>,
): Promise<FeastDescription> => {
  const absolute = workspace.resolve(path)
  const info = await stat(absolute).catch(() => null)
  if (!info?.isDirectory())
    throw new StudioError('not_found', `\`${path}\` is no folder.`, {
      hint: 'Name the folder of the Feast repository: the one with `feature_store.yaml`.',
    })
  const folder = await mkdtemp(join(tmpdir(), 'proml-feast-'))
  try {
    const output = join(folder, 'description.json')
    await runScript({
      ...run,
      lock: 'feast',
      script: 'feast_repository.py',
      args: [absolute, output],
      folder: absolute,
      deadlineMs,
      subject: 'The repository',
    })
    const answer = answerSchema.parse(JSON.parse(await readFile(output, 'utf8')))
    if ('definitions' in answer) return answer
    const { file, line, message } = answer.error
    throw new StudioError('python_failed', `The repository fails when it is run: ${message}`, {
      place: file === null ? undefined : { file: `${path}/${file}`, line: line ?? undefined },
      hint: 'Mend it so that `feast plan` works there, then import again.',
    })
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
