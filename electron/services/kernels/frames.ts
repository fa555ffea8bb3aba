import { randomUUID } from 'node:crypto'
import type { Kernel as Jupyter, KernelMessage } from '@jupyterlab/services'
import { StudioError } from '@shared/errors'
import { type FrameNote, frameLimits, frameNoteSchema } from '@shared/kernels/frame'

const factsSchema = frameNoteSchema.pick({ rows: true, totalRows: true, asText: true })

const refused = (name: string, why: string): StudioError =>
  new StudioError('kernel_failed', `\`${name}\` could not be copied from the kernel.`, {
    hint: why || 'Look at the variable in the notebook, and try again.',
    detail: why,
  })

/**
 * Asks a kernel that is idle for a dataframe. It comes as pieces of one Arrow stream over a comm that this request alone
 * knows; nothing stays in the notebook’s names or history.
 */
export const takeFrame = async (
  connection: Jupyter.IKernelConnection,
  name: string,
  write: (piece: Uint8Array) => Promise<void>,
  signal?: AbortSignal,
): Promise<Pick<FrameNote, 'rows' | 'totalRows' | 'asText'>> => {
  const target = `proml.frame.${randomUUID()}`
  const { rows, bytes } = frameLimits
  let facts: unknown = null
  let failed = ''
  let writing: Promise<void> = Promise.resolve()
  const onOpen = (comm: Jupyter.IComm): void => {
    comm.onMsg = ({ buffers }) => {
      for (const buffer of buffers ?? []) {
        const piece = ArrayBuffer.isView(buffer)
          ? new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.byteLength)
          : new Uint8Array(buffer)
        writing = writing.then(() => write(piece))
      }
      // The next message waits for the disk.
      return writing
    }
    comm.onClose = ({ content }) => {
      facts = content.data
    }
  }
  connection.registerCommTarget(target, onOpen)
  const stop = (): void => void connection.interrupt().catch(() => {})
  signal?.addEventListener('abort', stop, { once: true })
  try {
    const call = `__import__('proml.frames', fromlist=['send']).send(get_ipython().user_ns, ${JSON.stringify(name)}, '${target}', ${rows}, ${bytes})`
    const future = connection.requestExecute({
      code: call,
      silent: true,
      store_history: false,
      allow_stdin: false,
      stop_on_error: false,
    })
    const reply = (await future.done) as KernelMessage.IExecuteReplyMsg
    if (reply.content.status === 'error') failed = `${reply.content.ename}: ${reply.content.evalue}`
    await writing
  } finally {
    signal?.removeEventListener('abort', stop)
    connection.removeCommTarget(target, onOpen)
  }
  if (signal?.aborted) throw new StudioError('cancelled', 'Cancelled.')
  const found = factsSchema.safeParse(facts)
  if (failed !== '' || !found.success) throw refused(name, failed)
  return found.data
}
