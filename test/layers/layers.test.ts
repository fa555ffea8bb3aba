import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, normalize, relative } from 'node:path'
import { describe, expect, it } from 'vitest'
import { projectRoot } from '../support/context'

const sources = (folder: string): string[] =>
  readdirSync(join(projectRoot, folder), { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && /\.tsx?$/.test(entry.name))
    .map((entry) => relative(projectRoot, join(entry.parentPath, entry.name)))

/** Folder of the house that a file stands in. */
const roomOf = (path: string): string => {
  const parts = path.split('/')
  return parts[0] === 'electron' ? parts.slice(0, 2).join('/') : (parts[0] ?? '')
}

const importPattern =
  /(?:import|export)\s[^'"`;]*?from\s*['"]([^'"]+)['"]|import\s*['"]([^'"]+)['"]|import\(\s*['"]([^'"]+)['"]/g

const importsOf = (file: string): string[] =>
  [...readFileSync(join(projectRoot, file), 'utf8').matchAll(importPattern)].map(
    (match) => match[1] ?? match[2] ?? match[3] ?? '',
  )

const resolveImport = (file: string, specifier: string): string => {
  if (specifier.startsWith('@shared/')) return specifier.replace('@shared/', 'shared/')
  return specifier.startsWith('.') ? normalize(join(dirname(file), specifier)) : specifier
}

/** What each room may import besides libraries and itself. */
const allowed: Readonly<Record<string, readonly string[]>> = {
  shared: [],
  renderer: ['shared'],
  'electron/services': ['shared'],
  'electron/main': ['shared', 'electron/services'],
  'electron/host': ['shared', 'electron/services'],
  'electron/cli': ['shared', 'electron/services'],
  'electron/preload': [],
}

const files = ['shared', 'renderer', 'electron'].flatMap(sources)
const rooms = ['shared', 'renderer', 'electron']
const isOurs = (target: string) => rooms.includes(target.split('/')[0] ?? '') && target.includes('/')

describe('the dependency rule', () => {
  it('looks at a real house', () => {
    expect(files.length).toBeGreaterThan(50)
  })

  it('holds for every import of our own files', () => {
    const broken = files.flatMap((file) =>
      importsOf(file)
        .map((specifier) => resolveImport(file, specifier))
        .filter(isOurs)
        .filter((target) => roomOf(target) !== roomOf(file) && !allowed[roomOf(file)]?.includes(roomOf(target)))
        .map((target) => `${file} → ${target}`),
    )
    expect(broken).toEqual([])
  })

  it('keeps shared/ free of Node, Electron and React', () => {
    const foreign = files
      .filter((file) => file.startsWith('shared/'))
      .flatMap((file) =>
        importsOf(file)
          .filter((specifier) => /^(node:|electron$|react|fs$|path$)/.test(specifier))
          .map((specifier) => `${file} → ${specifier}`),
      )
    expect(foreign).toEqual([])
  })

  it('typechecks shared/ without the DOM and without Node', () => {
    const result = spawnSync(
      process.execPath,
      ['node_modules/typescript/bin/tsc', '--noEmit', '-p', 'shared/tsconfig.json'],
      {
        cwd: projectRoot,
        encoding: 'utf8',
      },
    )
    expect(result.stdout).toBe('')
  })

  it('lets only the shell import electron', () => {
    const importers = files.filter((file) => importsOf(file).includes('electron')).map(roomOf)
    expect(new Set(importers)).toEqual(new Set(['electron/main', 'electron/preload']))
  })

  it('has no cycles between files', () => {
    const graph = new Map(
      files.map((file) => [
        file,
        importsOf(file)
          .map((specifier) => resolveImport(file, specifier))
          .map((target) =>
            ['', '.ts', '.tsx', '/index.ts']
              .map((ending) => target + ending)
              .find((candidate) => files.includes(candidate)),
          )
          .filter((target): target is string => target !== undefined),
      ]),
    )
    // Types may refer to each other in a circle; code may not. Only value imports count.
    const valueEdges = new Map(
      [...graph].map(([file, targets]) => {
        const text = readFileSync(join(projectRoot, file), 'utf8')
        const typeOnly = new Set(
          [...text.matchAll(/import type\s[^'"]*from\s*['"]([^'"]+)['"]/g)].map((match) =>
            resolveImport(file, match[1] ?? ''),
          ),
        )
        return [file, targets.filter((target) => !typeOnly.has(target.replace(/\.tsx?$/, '')))] as const
      }),
    )
    const state = new Map<string, 'open' | 'done'>()
    const cycles: string[] = []
    const visit = (file: string, trail: readonly string[]): void => {
      if (state.get(file) === 'done') return
      if (state.get(file) === 'open') {
        cycles.push([...trail.slice(trail.indexOf(file)), file].join(' → '))
        return
      }
      state.set(file, 'open')
      for (const target of valueEdges.get(file) ?? []) visit(target, [...trail, file])
      state.set(file, 'done')
    }
    for (const file of files) visit(file, [])
    expect(cycles).toEqual([])
  })
})
