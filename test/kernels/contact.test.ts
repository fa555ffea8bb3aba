import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { KernelManager } from '@jupyterlab/services'
import type { Kernel } from '@shared/kernels/kernel'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import type WebSocket from 'ws'
import { type JupyterServer, startJupyterServer } from '../../electron/services/kernels/server'
import { createKernelSession } from '../../electron/services/kernels/session'
import { createPythonService, type PythonService } from '../../electron/services/python/python'
import { projectRoot, testContext } from '../support/context'
import { streamText } from './support'

// Real servers and kernels take their time on a busy machine; nothing here is judged by the clock.
vi.setConfig({ testTimeout: 180_000 })

const launcher = join(projectRoot, 'resources/python/launcher.py')
let context: ReturnType<typeof testContext>
let python: PythonService

beforeAll(async () => {
  context = testContext()
  python = createPythonService(context, () => {})
  await python.ready()
}, 300_000)
afterAll(async () => {
  await python.dispose()
  context.remove()
})

describe('a kernel whose words get lost', () => {
  let server: JupyterServer
  /** What the network does to the sockets of `lossy`. */
  const network = { isDeaf: false, lost: 0 }
  let lossy: KernelManager

  beforeAll(async () => {
    server = await startJupyterServer({
      python: await python.interpreter(),
      launcher,
      environment: python.environment(),
      root: context.workspace.root,
      onExit: () => {},
    })
    const spec = { argv: [await python.interpreter(), '-m', 'ipykernel_launcher', '-f', '{connection_file}'] }
    mkdirSync(join(server.specs, 'kernels/plain'), { recursive: true })
    writeFileSync(
      join(server.specs, 'kernels/plain/kernel.json'),
      JSON.stringify({ ...spec, display_name: 'plain', language: 'python' }),
    )
    const Socket = server.settings.WebSocket as unknown as typeof WebSocket
    class Lossy extends Socket {
      override emit(name: string | symbol, ...values: unknown[]): boolean {
        if (name !== 'message' || !network.isDeaf) return super.emit(name, ...values)
        network.lost += 1
        return false
      }
    }
    const settings = { ...server.settings, WebSocket: Lossy as unknown as typeof globalThis.WebSocket }
    lossy = new KernelManager({ serverSettings: settings, standby: 'never' })
  })
  afterAll(async () => {
    lossy.dispose()
    await server.dispose()
  })

  const open = async () => {
    const connection = await lossy.startNew({ name: 'plain' })
    const states: Kernel[] = []
    const session = createKernelSession({
      kernel: {
        id: connection.id,
        path: 'a.ipynb',
        spec: 'plain',
        displayName: 'plain',
        status: 'starting',
        deaths: 0,
      },
      connection,
      emit: (name, payload) => name === 'changed' && states.push(payload as Kernel),
      spillOf: () => ({ path: join(context.workspace.root, 'spill'), shownAs: 'spill' }),
      lastWords: () => '',
    })
    return { connection, session, states }
  }

  it('starts it anew while it is still asked who it is, and nothing is left to fail', async () => {
    const { connection, session } = await open()
    const { id } = session.execute({ cellId: 'a', code: 'import time; print("busy", flush=True); time.sleep(60)' })
    while (session.executions().every(({ outputs }) => outputs.length === 0)) await pause(20)
    // A busy kernel does not answer: the question that comes with the new socket is open when the kernel goes. A
    // restart drops it as a death does, and unlike a death's its news needs no socket that the server has finished opening.
    await connection.reconnect()
    await session.restart()
    expect((await session.finished(id)).state).toBe('aborted')
    expect((await session.finished(session.execute({ cellId: 'a', code: '1' }).id)).state).toBe('ok')
    expect(session.kernel().deaths).toBe(0)
    await session.dispose()
  })

  it('asks it again how it is, when all that was said after the socket opened is lost', async () => {
    const { connection, session } = await open()
    while (session.kernel().status !== 'idle') await pause(20)
    Object.assign(network, { isDeaf: true, lost: 0 })
    await connection.reconnect()
    while (network.lost < 3) await pause(20)
    network.isDeaf = false
    expect(session.kernel().status).toBe('unknown')
    while (session.kernel().status !== 'idle') await pause(20)
    await session.dispose()
  })

  it('opens another socket when the server closed one for good', async () => {
    const { connection, session } = await open()
    while (session.kernel().status !== 'idle') await pause(20)
    const socket = (connection as unknown as { _ws: WebSocket })._ws
    socket.close(1000)
    while (connection.connectionStatus !== 'disconnected') await pause(5)
    while (session.kernel().status !== 'idle') await pause(20)
    expect((await session.finished(session.execute({ cellId: 'a', code: '1' }).id)).state).toBe('ok')
    await session.dispose()
  })

  it('runs nothing before it is heard again after a death', async () => {
    const { session } = await open()
    const victim = session.execute({
      cellId: 'a',
      code: 'import os, time; print(os.getpid(), flush=True); time.sleep(60)',
    })
    const words = () => session.executions().map((execution) => streamText(execution))
    while (!words().join('').includes('\n')) await pause(20)
    process.kill(Number(words().join('')), 'SIGKILL')
    expect((await session.finished(victim.id)).state).toBe('died')
    Object.assign(network, { isDeaf: true, lost: 0 })
    const next = session.execute({ cellId: 'b', code: 'print("back")' })
    while (network.lost < 6) await pause(20)
    network.isDeaf = false
    const done = await session.finished(next.id)
    expect([done.state, streamText(done)]).toEqual(['ok', 'back\n'])
    await session.dispose()
  })

  it('says that it died, when it did so while nobody could hear of it', async () => {
    const { connection, session, states } = await open()
    const code = 'import os, time; print(os.getpid(), flush=True); time.sleep(60)'
    const { id } = session.execute({ cellId: 'a', code })
    const words = () => session.executions().map((execution) => streamText(execution))
    while (!words().join('').includes('\n')) await pause(20)
    network.isDeaf = true
    const pid = Number(words().join(''))
    process.kill(pid, 'SIGKILL')
    while (!/restarting kernel/i.test(server.lastWords())) await pause(20)
    await connection.reconnect()
    network.isDeaf = false
    expect((await session.finished(id)).state).toBe('died')
    while (session.kernel().status !== 'idle') await pause(20)
    expect(states.at(-1)).toMatchObject({ status: 'idle', deaths: 1 })
    await session.dispose()
  })
})
