import { createHash } from 'node:crypto'
import { closeSync, mkdirSync, openSync, writeSync } from 'node:fs'
import { dirname } from 'node:path'
import type { KernelMessage } from '@jupyterlab/services'
import type { CellOutput, OutputPatch } from '@shared/kernels/kernel'

/** What one cell may hold in memory, in characters; the rest goes to a file. */
export const outputLimit = 10_000_000

/** Where the rest of a cell's output goes: one file a cell, written anew by each execution. */
export const spillName = (notebook: string, cellId: string): string => {
  const key = createHash('sha256').update(`${notebook}\0${cellId}`).digest('hex').slice(0, 12)
  return `outputs/${key}.txt`
}

type DisplayContent = KernelMessage.IDisplayDataMsg['content']

const sizeOf = (output: CellOutput): number => {
  if (output.output_type === 'stream') return output.text.length
  if (output.output_type === 'error') return 0
  let size = 0
  for (const value of Object.values(output.data))
    size += typeof value === 'string' ? value.length : JSON.stringify(value).length
  return size
}

/** The plainest text of an output, for a file. */
const asText = (output: CellOutput): string => {
  switch (output.output_type) {
    case 'stream':
      return output.text
    case 'error':
      return `${output.traceback.join('\n')}\n`
    case 'display_data':
    case 'execute_result': {
      const plain = output.data['text/plain']
      return typeof plain === 'string' ? `${plain}\n` : `${JSON.stringify(output.data)}\n`
    }
  }
}

const displayOf = ({ data, metadata, transient }: DisplayContent): CellOutput & { output_type: 'display_data' } => {
  const id = transient?.display_id
  return {
    output_type: 'display_data',
    data: { ...data },
    metadata: { ...metadata },
    ...(id ? { transient: { display_id: id } } : {}),
  }
}

/** The outputs of one execution as the kernel's messages make them. Each method returns what changed, as patches. */
export interface OutputCollector {
  readonly outputs: () => CellOutput[]
  append(output: CellOutput): OutputPatch[]
  clear(options: { wait: boolean }): OutputPatch[]
  /** Applies an update to every output with that display id. */
  update(displayId: string, content: DisplayContent): OutputPatch[]
  close(): void
}

export const createOutputCollector = (
  spill: { path: string; shownAs: string },
  limit = outputLimit,
): OutputCollector => {
  const outputs: CellOutput[] = []
  const displays = new Map<string, number[]>()
  let size = 0
  let isClearPending = false
  let file: number | null = null
  let isSpilling = false

  /** The same as `applyOutputPatches`, in place: that one copies the list, which ten thousand plots would feel. */
  const apply = (patch: OutputPatch): OutputPatch[] => {
    switch (patch.kind) {
      case 'append':
        outputs.push(patch.output)
        break
      case 'replace':
        outputs[patch.index] = patch.output
        break
      case 'clear':
        outputs.length = 0
        break
      case 'text': {
        const last = outputs.at(-1)
        if (last?.output_type === 'stream') outputs[outputs.length - 1] = { ...last, text: last.text + patch.text }
        break
      }
    }
    return [patch]
  }

  const clearNow = (): OutputPatch[] => {
    isClearPending = false
    size = 0
    displays.clear()
    return apply({ kind: 'clear' })
  }

  const add = (output: CellOutput): OutputPatch[] => {
    const last = outputs.at(-1)
    if (output.output_type === 'stream' && last?.output_type === 'stream' && last.name === output.name)
      return apply({ kind: 'text', text: output.text })
    if (output.output_type === 'display_data' && output.transient?.display_id) {
      const id = output.transient.display_id
      displays.set(id, [...(displays.get(id) ?? []), outputs.length])
    }
    return apply({ kind: 'append', output })
  }

  /** At once, so that the file is whole when the cell has ended. A full disk must not end the studio. */
  const spillText = (text: string): void => {
    if (file === null) return
    try {
      writeSync(file, text)
    } catch {
      close()
    }
  }

  const close = (): void => {
    if (file !== null) closeSync(file)
    file = null
  }

  const startSpilling = (): OutputPatch[] => {
    isSpilling = true
    try {
      mkdirSync(dirname(spill.path), { recursive: true })
      file = openSync(spill.path, 'w')
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error)
      return add({ output_type: 'stream', name: 'stderr', text: `\nThe rest of the output is lost: ${why}\n` })
    }
    const millions = limit / 1_000_000
    return add({
      output_type: 'stream',
      name: 'stderr',
      text: `\nThis cell printed more than ${millions} MB. The rest is in ${spill.shownAs}\n`,
    })
  }

  const append = (output: CellOutput): OutputPatch[] => {
    const cleared = isClearPending ? clearNow() : []
    const room = limit - size
    const added = sizeOf(output)
    if (output.output_type === 'error' || (!isSpilling && added <= room)) {
      size += added
      return [...cleared, ...add(output)]
    }
    if (isSpilling) {
      spillText(asText(output))
      return cleared
    }
    size = limit
    const head = output.output_type === 'stream' ? add({ ...output, text: output.text.slice(0, room) }) : []
    const notice = startSpilling()
    spillText(output.output_type === 'stream' ? output.text.slice(room) : asText(output))
    return [...cleared, ...head, ...notice]
  }

  return {
    outputs: () => [...outputs],
    append,
    clear: ({ wait }) => {
      if (!wait) return clearNow()
      isClearPending = true
      return []
    },
    update: (displayId, content) =>
      (displays.get(displayId) ?? []).flatMap((index) => {
        const before = outputs[index]
        if (before?.output_type !== 'display_data') return []
        return apply({
          kind: 'replace',
          index,
          output: displayOf({ ...content, transient: { display_id: displayId } }),
        })
      }),
    close,
  }
}

/** The output that a message from the kernel stands for, or null for one that is none. */
export const outputOf = (message: KernelMessage.IIOPubMessage): CellOutput | null => {
  const type = message.header.msg_type
  const content = message.content as Record<string, unknown>
  switch (type) {
    case 'stream': {
      const { name, text } = content as KernelMessage.IStreamMsg['content']
      return { output_type: 'stream', name: name === 'stderr' ? 'stderr' : 'stdout', text }
    }
    case 'display_data':
      return displayOf(content as DisplayContent)
    case 'execute_result': {
      const { data, metadata, execution_count } = content as KernelMessage.IExecuteResultMsg['content']
      return { output_type: 'execute_result', data: { ...data }, metadata: { ...metadata }, execution_count }
    }
    case 'error': {
      const { ename, evalue, traceback } = content as KernelMessage.IErrorMsg['content']
      return { output_type: 'error', ename, evalue, traceback: [...traceback] }
    }
    default:
      return null
  }
}

/** Joins patches that one batch can say shorter; applying the result gives the same outputs. */
export const joinPatches = (patches: readonly OutputPatch[]): OutputPatch[] => {
  const joined: OutputPatch[] = []
  for (const patch of patches) {
    const last = joined.at(-1)
    if (patch.kind === 'clear') joined.length = 0
    if (patch.kind === 'text' && last?.kind === 'text')
      joined[joined.length - 1] = { kind: 'text', text: last.text + patch.text }
    else if (patch.kind === 'text' && last?.kind === 'append' && last.output.output_type === 'stream')
      joined[joined.length - 1] = { kind: 'append', output: { ...last.output, text: last.output.text + patch.text } }
    else joined.push(patch)
  }
  return joined
}
