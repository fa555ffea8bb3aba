import { spawn, spawnSync } from 'node:child_process'
import { setTimeout as wait } from 'node:timers/promises'
import { temporaryFolder } from '../support/context'
import { decode, encode, type Value } from './messagePack'

const command = process.env.PROML_NVIM ?? 'nvim'

export const hasNeovim = spawnSync(command, ['--version']).status === 0

export interface Neovim {
  /** Types, as a person would; `<CR>` and the like are keys. */
  keys(text: string): Promise<void>
  /** The value of a Vim expression. */
  value<T>(expression: string): Promise<T>
  /** Waits until an expression’s value is as wanted, and returns it. */
  until<T>(expression: string, isWanted: (value: T) => boolean): Promise<T>
  buffer(): Promise<string>
  /** Waits until the buffer holds a text. */
  untilBuffer(text: string): Promise<void>
  end(): Promise<void>
}

/** A Neovim without a window, spoken to as a front end speaks to it: keys in, values out, over its own protocol. */
export async function startNeovim(options: { folder: string; file: string; init: string }): Promise<Neovim> {
  const own = temporaryFolder()
  const homes = ['CONFIG', 'DATA', 'STATE', 'CACHE'].map((kind) => [`XDG_${kind}_HOME`, `${own.path}/${kind}`])
  const editor = spawn(command, ['--embed', '--headless', '-n', '-u', options.init, options.file], {
    cwd: options.folder,
    env: { ...process.env, ...Object.fromEntries(homes) },
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  const gone = new Promise<void>((resolve) => editor.once('exit', () => resolve()))
  let said = ''
  editor.stderr.on('data', (chunk) => {
    said += chunk
  })

  const waiting = new Map<number, (reply: { error: Value; result: Value }) => void>()
  let received = Buffer.alloc(0)
  editor.stdout.on('data', (chunk: Buffer) => {
    received = Buffer.concat([received, chunk])
    for (let message = decode(received); message; message = decode(received)) {
      received = received.subarray(message.end)
      if (!Array.isArray(message.value)) continue
      const [kind, id, error = null, result = null] = message.value
      if (kind === 1 && typeof id === 'number') waiting.get(id)?.({ error, result })
    }
  })
  let asked = 0
  const ask = async (method: string, ...parameters: Value[]): Promise<Value> => {
    const id = ++asked
    const reply = new Promise<{ error: Value; result: Value }>((resolve) => waiting.set(id, resolve))
    editor.stdin.write(encode([0, id, method, parameters]))
    const { error, result } = await reply
    if (error !== null) throw new Error(`${method}: ${JSON.stringify(error)}`)
    return result
  }

  const value = async <T>(expression: string): Promise<T> =>
    JSON.parse(String(await ask('nvim_eval', `json_encode(${expression})`))) as T
  const until = async <T>(expression: string, isWanted: (value: T) => boolean): Promise<T> => {
    let last: T | undefined
    for (let attempt = 0; attempt < 400; attempt++) {
      last = await value<T>(expression)
      if (isWanted(last)) return last
      await wait(50)
    }
    throw new Error(`${expression} stayed ${JSON.stringify(last)}. Neovim said: ${said.slice(-2000)}`)
  }
  const buffer = async () => `${(await value<string[]>('getline(1, "$")')).join('\n')}\n`
  await until('v:vim_did_enter', (entered) => entered === 1)
  return {
    keys: async (text) => {
      await ask('nvim_input', text)
    },
    value,
    until,
    buffer,
    untilBuffer: async (text) => {
      await until<string[]>('getline(1, "$")', (lines) => `${lines.join('\n')}\n` === text)
    },
    end: async () => {
      if (editor.exitCode === null) editor.stdin.write(encode([0, 0, 'nvim_command', ['qa!']]))
      await gone
      own.remove()
    },
  }
}
