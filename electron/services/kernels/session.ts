import { randomUUID } from 'node:crypto'
import type { Kernel as Jupyter, KernelMessage } from '@jupyterlab/services'
import { StudioError } from '@shared/errors'
import type { CellOutput, Execution, Kernel, OutputPatch } from '@shared/kernels/kernel'
import type { kernelsContract } from '@shared/rpc/kernels'
import type { Emit } from '../context'
import { isTelling, keepContact } from './contact'
import { createOutputCollector, joinPatches, type OutputCollector, outputOf } from './outputs'

/** Output patches leave at most this often, so that a flood in a cell does not become a flood of events. */
const patchIntervalMs = 33
/** A kernel that is idle again has sent its reply, by another way than the news of its idleness. */
const replyGraceMs = 1_000

interface Entry {
  execution: Omit<Execution, 'outputs'>
  readonly code: string
  readonly outputs: OutputCollector
  messageId: string | null
  pending: OutputPatch[]
  /** `due`: it came before the kernel had taken the cell up, where a kernel ignores it. */
  interrupt: 'none' | 'due' | 'sent'
  /** Kernel message that `input()` sent and that its answer must name. */
  question: KernelMessage.IInputRequestMsg | null
  readonly end: PromiseWithResolvers<Execution>
}

export interface SessionOptions {
  readonly kernel: Kernel
  readonly connection: Jupyter.IKernelConnection
  readonly emit: Emit<typeof kernelsContract>
  readonly spillOf: (cellId: string) => { path: string; shownAs: string }
  /** What the kernel said on standard error, for a kernel that does not come up. */
  readonly lastWords: () => string
}

/**
 * One kernel and what it executed. It lives in the services, so a window may reload or close and miss nothing.
 * Cells wait in a queue of our own and go to the kernel one at a time: that is what lets an error, an interrupt or a
 * death say exactly which cells did not run.
 */
export interface KernelSession {
  readonly kernel: () => Kernel
  readonly connection: Jupyter.IKernelConnection
  execute(request: { cellId: string; code: string }): Execution
  /** Resolves when an execution has ended in any way. */
  finished(executionId: string): Promise<Execution>
  executions(): Execution[]
  /** Whether a cell of ours is in it. It may be busy for a moment after the cell, or with a question. */
  isRunning(): boolean
  answer(value: string): void
  interrupt(): Promise<void>
  restart(): Promise<Kernel>
  /** The server is gone: everything unfinished died. */
  lose(reason: string): void
  dispose(): Promise<void>
}

const isEnded = (state: Execution['state']): boolean => state !== 'queued' && state !== 'running'

const statusOf = (status: Jupyter.Status): Kernel['status'] => {
  switch (status) {
    case 'starting':
    case 'idle':
    case 'busy':
    case 'restarting':
    case 'dead':
      return status
    case 'autorestarting':
      return 'restarting'
    case 'terminating':
      return 'dead'
    case 'unknown':
      return 'unknown'
  }
}

export const createKernelSession = (options: SessionOptions): KernelSession => {
  const { connection, emit } = options
  let kernel = options.kernel
  let isDisposed = false
  let isRestartAsked = false
  /** Identity of the process that answers, and whether another one is due: a restart that is known of. */
  let answering: string | null = null
  let isAnotherDue = false
  let timer: NodeJS.Timeout | null = null
  let running: Entry | null = null
  const queue: Entry[] = []
  const entries = new Map<string, Entry>()
  const byMessage = new Map<string, Entry>()
  const newest = new Map<string, string>()

  const snapshot = (entry: Entry): Execution => ({ ...entry.execution, outputs: entry.outputs.outputs() })

  const setKernel = (change: Partial<Kernel>): void => {
    const next = { ...kernel, ...change }
    if (next.status === kernel.status && next.deaths === kernel.deaths) return
    kernel = next
    if (!isDisposed) emit('changed', kernel)
  }

  const flush = (): void => {
    if (timer) clearTimeout(timer)
    timer = null
    for (const entry of entries.values()) {
      if (entry.pending.length === 0) continue
      const patches = joinPatches(entry.pending)
      entry.pending = []
      const { id, cellId, kernelId } = entry.execution
      emit('output', { kernelId, executionId: id, cellId, patches })
    }
  }

  const push = (entry: Entry, patches: readonly OutputPatch[]): void => {
    for (const patch of patches) entry.pending.push(patch)
    timer ??= setTimeout(flush, patchIntervalMs)
  }

  const update = (entry: Entry, change: Partial<Omit<Execution, 'outputs'>>): void => {
    // Outputs come before the news that the cell has ended.
    flush()
    entry.execution = { ...entry.execution, ...change }
    emit('execution', entry.execution)
  }

  const end = (entry: Entry, state: Execution['state'], last?: CellOutput): void => {
    if (isEnded(entry.execution.state)) return
    if (last) push(entry, entry.outputs.append(last))
    entry.question = null
    if (running === entry) running = null
    if (entry.messageId) byMessage.delete(entry.messageId)
    entry.outputs.close()
    update(entry, { state, prompt: null, endedAt: Date.now() })
    entry.end.resolve(snapshot(entry))
  }

  const abortQueue = (): void => {
    for (const entry of queue.splice(0)) end(entry, 'aborted')
  }

  const die = (reason: string): void => {
    const victim = running
    if (victim) end(victim, 'died', { output_type: 'error', ename: 'KernelDied', evalue: reason, traceback: [reason] })
    abortQueue()
    setKernel({ deaths: kernel.deaths + 1 })
  }

  const ask = (entry: Entry, message: KernelMessage.IStdinMessage): void => {
    if (message.header.msg_type !== 'input_request') return
    const question = message as KernelMessage.IInputRequestMsg
    entry.question = question
    update(entry, { prompt: { text: question.content.prompt, isPassword: question.content.password } })
  }

  const pump = (): void => {
    if (running || isDisposed || isRestartAsked || kernel.status === 'dead' || !isTelling(connection.status)) return
    const entry = queue.shift()
    if (!entry) return
    running = entry
    const future = connection.requestExecute({
      code: entry.code,
      silent: false,
      store_history: true,
      allow_stdin: true,
      stop_on_error: true,
    })
    entry.messageId = future.msg.header.msg_id
    byMessage.set(entry.messageId, entry)
    update(entry, { state: 'running', startedAt: Date.now() })
    future.onStdin = (message) => ask(entry, message)
    future.done.then(
      (reply) => {
        const { status } = reply.content
        const executionCount = 'execution_count' in reply.content ? (reply.content.execution_count ?? null) : null
        entry.execution = { ...entry.execution, executionCount: executionCount ?? entry.execution.executionCount }
        const state = status === 'ok' ? 'ok' : status === 'error' ? 'error' : 'aborted'
        end(entry, state)
        // What was queued behind a failed cell was meant to run after its success.
        if (state !== 'ok') abortQueue()
        pump()
      },
      () => {
        // Cancelled by the library: a restart or a death, which ends the cell with its own words. Give it that chance.
        setTimeout(() => {
          end(entry, 'died', undefined)
          pump()
        }, 1000).unref()
      },
    )
  }

  const interruptEntry = (entry: Entry): Promise<void> => {
    entry.interrupt = 'sent'
    return connection.interrupt()
  }

  /** ipykernel drops a request, and never answers it, when the interrupt comes just before the cell's first line. */
  const endUnanswered = (entry: Entry): void => {
    if (isEnded(entry.execution.state)) return
    const words = 'The cell was interrupted before its first line.'
    end(entry, 'error', { output_type: 'error', ename: 'KeyboardInterrupt', evalue: words, traceback: [] })
    abortQueue()
    pump()
  }

  connection.iopubMessage.connect((_, message) => {
    const parent = 'msg_id' in message.parent_header ? message.parent_header.msg_id : ''
    if (message.header.msg_type === 'update_display_data') {
      const content = message.content as KernelMessage.IUpdateDisplayDataMsg['content']
      const id = content.transient.display_id
      for (const entry of id ? entries.values() : []) {
        const patches = entry.outputs.update(id ?? '', content)
        if (patches.length > 0) push(entry, patches)
      }
      return
    }
    const entry = byMessage.get(parent)
    if (!entry) return
    if (message.header.msg_type === 'execute_input') {
      const { execution_count } = message.content as KernelMessage.IExecuteInputMsg['content']
      // It was sent earlier, but a kernel that starts or answers a question takes it up only now.
      update(entry, { executionCount: execution_count, startedAt: Date.now() })
      if (entry.interrupt === 'due') interruptEntry(entry).catch(() => {})
      return
    }
    if (message.header.msg_type === 'status') {
      const { execution_state: state } = message.content as KernelMessage.IStatusMsg['content']
      if (state === 'idle' && entry.interrupt === 'sent') setTimeout(() => endUnanswered(entry), replyGraceMs).unref()
      return
    }
    if (message.header.msg_type === 'clear_output') {
      const { wait } = message.content as KernelMessage.IClearOutputMsg['content']
      const patches = entry.outputs.clear({ wait })
      if (patches.length > 0) push(entry, patches)
      return
    }
    const output = outputOf(message)
    if (output) push(entry, entry.outputs.append(output))
  })

  const dieAndComeBack = (): void =>
    die('The kernel died and was started again. All variables are lost. Often this is a lack of memory.')

  keepContact(connection, (process) => {
    const isAnother = answering !== null && process !== answering
    answering = process
    if (!isAnother || isDisposed) return
    if (!isAnotherDue) dieAndComeBack()
    isAnotherDue = false
  })

  connection.statusChanged.connect((_, status) => {
    if (isDisposed) return
    // The server's restarter says this for deaths only; a restart that was asked for never does.
    if (status === 'autorestarting' && !isRestartAsked) {
      isAnotherDue = true
      dieAndComeBack()
    }
    if (status === 'dead') {
      const words = options.lastWords().trim().split('\n').slice(-5).join('\n')
      die(`The kernel is dead and could not be started again.${words ? `\n${words}` : ''}`)
    }
    setKernel({ status: statusOf(status) })
    pump()
  })

  return {
    kernel: () => kernel,
    connection,
    execute: ({ cellId, code }) => {
      if (kernel.status === 'dead')
        throw new StudioError('kernel_dead', 'This kernel is dead.', {
          hint: 'Start a new kernel, then run the cell again.',
        })
      const before = newest.get(cellId)
      const earlier = before === undefined ? undefined : entries.get(before)
      // A cell shows its newest execution only; the older one would hold its plots in memory for nothing.
      if (earlier && isEnded(earlier.execution.state)) entries.delete(earlier.execution.id)
      const id = randomUUID()
      const entry: Entry = {
        code,
        outputs: createOutputCollector(options.spillOf(cellId)),
        messageId: null,
        pending: [],
        interrupt: 'none',
        question: null,
        end: Promise.withResolvers<Execution>(),
        execution: {
          id,
          kernelId: kernel.id,
          cellId,
          state: 'queued',
          executionCount: null,
          prompt: null,
          startedAt: null,
          endedAt: null,
        },
      }
      entries.set(id, entry)
      newest.set(cellId, id)
      queue.push(entry)
      emit('execution', entry.execution)
      pump()
      return snapshot(entry)
    },
    finished: (id) => {
      const entry = entries.get(id)
      if (!entry) throw new StudioError('not_found', `There is no execution ${id}.`)
      return entry.end.promise
    },
    isRunning: () => running !== null || queue.length > 0,
    executions: () => {
      flush()
      return [...entries.values()].map(snapshot)
    },
    answer: (value) => {
      const entry = running
      const question = entry?.question
      if (!entry || !question)
        throw new StudioError('conflict', 'The kernel does not wait for input.', { hint: 'Run the cell again.' })
      entry.question = null
      connection.sendInputReply({ status: 'ok', value }, question.header)
      const shown = question.content.password ? '········' : value
      push(
        entry,
        entry.outputs.append({ output_type: 'stream', name: 'stdout', text: `${question.content.prompt}${shown}\n` }),
      )
      update(entry, { prompt: null })
    },
    interrupt: async () => {
      abortQueue()
      if (!running) await connection.interrupt()
      else if (running.execution.executionCount === null) running.interrupt = 'due'
      else await interruptEntry(running)
    },
    restart: async () => {
      if (kernel.status === 'dead')
        throw new StudioError('kernel_dead', 'This kernel is dead.', { hint: 'Start a new kernel.' })
      isRestartAsked = true
      isAnotherDue = true
      try {
        if (running) end(running, 'aborted')
        abortQueue()
        await connection.restart()
      } catch (error) {
        isAnotherDue = false
        throw error
      } finally {
        isRestartAsked = false
      }
      pump()
      return kernel
    },
    lose: (reason) => {
      die(reason)
      setKernel({ status: 'dead' })
      connection.dispose()
    },
    dispose: async () => {
      if (isDisposed) return
      if (running) end(running, 'aborted')
      abortQueue()
      flush()
      isDisposed = true
      if (!connection.isDisposed && connection.status !== 'dead') await connection.shutdown().catch(() => {})
      connection.dispose()
      emit('removed', { id: kernel.id })
    },
  }
}
