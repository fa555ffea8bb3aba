import { spawn, spawnSync } from 'node:child_process'
import { mkdirSync, readdirSync, utimesSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { referenceOf } from '@shared/data/reference'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { projectRoot, temporaryFolder, testHome } from '../support/context'

const cli = join(projectRoot, 'out/main/cli.js')
const environment = { ...process.env, PROML_HOME: testHome() }

// Each is a process that starts; on a busy machine that takes its time.
describe('a command that only reads', { timeout: 240_000 }, () => {
  const folder = temporaryFolder()
  const workspace = join(folder.path, 'shop')
  const proml = (...args: string[]) => {
    const { status, stdout, stderr } = spawnSync(process.execPath, [cli, ...args], {
      ...{ cwd: workspace, encoding: 'utf8', env: environment, timeout: 120_000 },
    })
    return { code: status, out: stdout, err: stderr }
  }
  const there = (): string[] => readdirSync(workspace, { recursive: true, encoding: 'utf8' }).sort()
  let silent: Server

  beforeAll(async () => {
    mkdirSync(join(workspace, 'data'), { recursive: true })
    const orders = Array.from({ length: 60 }, (_, index) => {
      const moment = new Date(Date.UTC(2001, 0, 1, index)).toISOString().slice(0, 19)
      return `${index},c${index % 3},${(index * 7) % 20},${moment}`
    })
    writeFileSync(join(workspace, 'data/orders.csv'), `id,client,amount,at\n${orders.join('\n')}\n`)
    writeFileSync(
      join(workspace, 'shop.proml'),
      `namespace shop
source orders = csv("data/orders.csv") { time at  row (id) }
entity client(name: string)
/// What a client spent in a day.
feature spent_1d: int of client = sum(amount) from orders by client over 1d default 0
model large {
  observe orders
  predict large = amount > 10
  use spent_1d by client
  let linear = logistic(spent_1d)
  output large_probability = probability(linear)
  train { split time 70/15/15  seed 7 }
}
`,
    )
    // Its good lines are read from a copy.
    writeFileSync(join(workspace, 'data/towns.csv'), 'town,people\nKöln,1\nno town at all\nLübeck,2\n')
    silent = createServer(() => {})
    await new Promise<void>((done) => silent.listen(0, '127.0.0.1', done))
  })
  afterAll(() => {
    silent.closeAllConnections()
    silent.close()
    folder.remove()
  })

  it('leaves nothing behind in a folder that has no `.proml`, also where it fails', () => {
    const before = there()
    const commands: readonly (readonly [number, RegExp, ...string[]])[] = [
      [0, /town +string/, 'profile', 'data/towns.csv', '--skip-bad-rows'],
      [0, /Köln/, 'preview', 'data/towns.csv', '--skip-bad-rows'],
      [0, /c1/, 'preview', 'shop.proml', '--feature', 'spent_1d'],
      [0, /^Training set of large/, 'explain', 'shop.proml'],
      [0, /spent_1d/, 'features', 'shop.proml', '--preview'],
      [0, /1 file checked: 0 errors/, 'check'],
      [0, /spent_1d/, 'leak', 'shop.proml'],
      [0, /source orders/, 'draft', 'data/orders.csv'],
      [2, /^$/, 'online', 'get', 'shop.proml', '--feature', 'spent_1d', '--key', 'name=c1'],
      [2, /^$/, 'profile', 'data/none.csv'],
    ]
    for (const [code, out, ...args] of commands) {
      const said = proml(...args)
      expect(said.out, `${args.join(' ')}: ${said.err}`).toMatch(out)
      expect(said.code, args.join(' ')).toBe(code)
      expect(there(), args.join(' ')).toEqual(before)
    }
  })

  it.skipIf(process.platform === 'win32')(
    'leaves nothing where it is stopped, and what it leaves when killed goes with the next',
    async () => {
      const before = there()
      const url = `http://127.0.0.1:${(silent.address() as AddressInfo).port}/far.csv`
      const waiting = async (stopBy: NodeJS.Signals): Promise<NodeJS.Signals | null> => {
        const asked = new Promise((done) => silent.once('request', done))
        const args = ['profile', referenceOf({ kind: 'http', path: '', options: { url } })]
        const child = spawn(process.execPath, [cli, ...args], { cwd: workspace, env: environment, stdio: 'ignore' })
        const ended = new Promise<NodeJS.Signals | null>((done) => child.once('exit', (_, signal) => done(signal)))
        await asked
        expect(readdirSync(workspace)).not.toContain('.proml')
        child.kill(stopBy)
        return ended
      }
      for (const signal of ['SIGINT', 'SIGTERM'] as const) {
        expect(await waiting(signal)).toBe(signal)
        expect(there()).toEqual(before)
      }
      expect(await waiting('SIGKILL')).toBe('SIGKILL')
      const left = readdirSync(workspace).filter((name) => name.startsWith('.proml-'))
      expect(left.length).toBe(1)
      // Who has just begun is left alone.
      proml('runs')
      expect(readdirSync(workspace).filter((name) => name.startsWith('.proml-'))).toEqual(left)
      for (const name of left) utimesSync(join(workspace, name), new Date(0), new Date(0))
      proml('runs')
      expect(there()).toEqual(before)
    },
  )

  it('keeps its copies where there is a `.proml`', () => {
    mkdirSync(join(workspace, '.proml'))
    expect(proml('profile', 'data/towns.csv', '--skip-bad-rows').code).toBe(0)
    expect(readdirSync(join(workspace, '.proml'))).toContain('tmp')
    expect(readdirSync(workspace).filter((name) => name.startsWith('.proml-'))).toEqual([])
  })
})
