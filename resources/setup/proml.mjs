#!/usr/bin/env node
// The `proml` command: finds the right Node, builds on first use, and hands over.
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { constants } from 'node:os'
import { join } from 'node:path'
import { ensureBuild, ensurePackages, main, root, studioEnvironment, studioNode } from './project.mjs'

main(async () => {
  if (existsSync(join(root, 'package-lock.json'))) {
    await ensurePackages()
    await ensureBuild()
  }
  const flags = ['--disable-warning=ExperimentalWarning']
  // A language server lives as long as its editor: it cleans up early rather than growing to what the machine has.
  if (process.argv[2] === 'lsp') flags.push('--max-semi-space-size=2', '--max-old-space-size=512')
  const child = spawn(studioNode(), [...flags, join(root, 'out/main/cli.js'), ...process.argv.slice(2)], {
    env: studioEnvironment(),
    stdio: 'inherit',
  })
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill(signal))
  // As a shell has it: 130 for Ctrl+C.
  return new Promise((done) => child.on('exit', (code, signal) => done(code ?? 128 + constants.signals[signal])))
})
