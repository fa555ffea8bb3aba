// `npm start [-- <folder>] [-- --browser] [--port <n>]`: installs what is missing, builds, opens the studio.
import { spawn } from 'node:child_process'
import { cpSync, existsSync, mkdirSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import {
  ensureBuild,
  ensurePackages,
  fetchElectron,
  findElectron,
  hasDisplay,
  main,
  root,
  SetupError,
  say,
  studioEnvironment,
  studioHome,
  studioNode,
} from './project.mjs'

/** The sample is worked on in a copy, so that the original stays as it came. */
const sampleWorkspace = () => {
  const copy = join(studioHome(), 'samples', 'flights')
  if (!existsSync(copy)) {
    mkdirSync(join(copy, '..'), { recursive: true })
    cpSync(join(root, 'resources/samples/flights'), copy, {
      recursive: true,
      filter: (path) => !path.includes('.proml/') && !path.endsWith('/.proml'),
    })
  }
  return copy
}

const chooseShell = (values) => {
  if (values.browser) return { electron: null, why: 'as asked with --browser' }
  if (!hasDisplay())
    return { electron: null, why: 'there is no display here (DISPLAY and WAYLAND_DISPLAY are not set)' }
  const electron = findElectron() ?? fetchElectron()
  if (electron) return { electron, why: '' }
  return { electron: null, why: "Electron's binary is not here and could not be downloaded" }
}

const usage = `npm start [-- <folder>] [--browser] [--port <n>]
  <folder>    workspace to open; without it a copy of the sample
  --browser   in the browser host, even where a window could be had
  --port      port of the browser host; without it any free one`

const readArguments = () => {
  try {
    return parseArgs({
      allowPositionals: true,
      options: {
        browser: { type: 'boolean', default: false },
        port: { type: 'string', default: '0' },
        help: { type: 'boolean', short: 'h', default: false },
      },
    })
  } catch (error) {
    throw new SetupError(`${error.message}\n\n${usage}`)
  }
}

main(async () => {
  const { values, positionals } = readArguments()
  if (values.help) {
    process.stdout.write(`${usage}\n`)
    return 0
  }
  await ensurePackages()
  await ensureBuild()
  const workspace = positionals[0] ? resolve(process.env.INIT_CWD ?? process.cwd(), positionals[0]) : sampleWorkspace()
  const { electron, why } = chooseShell(values)
  const [command, args] = electron
    ? [electron, [root, '--workspace', workspace]]
    : [studioNode(), [join(root, 'out/main/host.js'), '--workspace', workspace, '--port', values.port]]
  say(electron ? `Opening ${workspace} in a window.` : `Opening ${workspace} in the browser host: ${why}.`)
  const child = spawn(command, args, { cwd: root, env: studioEnvironment(), stdio: 'inherit' })
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill(signal))
  return new Promise((done) => child.on('exit', (code) => done(code ?? 0)))
})
