import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Command } from 'commander'
import { exitCodes } from '../exitCodes'
import { withStudio } from '../session'

export const addDoctorCommand = (program: Command): void => {
  program
    .command('doctor')
    .description('check the Python environment and the engines; `npm run doctor` checks the machine')
    .option('--fix', 'make the managed Python environment if it is not there')
    .option('--json', 'print JSON')
    .action(async (options: { fix?: boolean; json?: boolean }) => {
      const folder = mkdtempSync(join(tmpdir(), 'proml-doctor-'))
      try {
        await withStudio({ root: folder, isJson: options.json === true }, async (session) => {
          const { studio, terminal, job } = session
          let python = await studio.python.status({})
          if (options.fix && python.state !== 'ready') {
            python = await studio.python.ensure({})
            if (python.jobId) await job(python.jobId)
            python = await studio.python.status({})
          }
          // Asked something, so that it has to start.
          const engine = await session.services.data.engine.rows('select 1').then(() => studio.data.engine({}))
          if (python.state !== 'ready') process.exitCode = exitCodes.machine
          if (terminal.isJson) return terminal.json({ python, engine })
          terminal.print(
            `Python: ${python.state}${python.environment ? ` ${python.environment.version} at ${python.environment.python}` : ''}${python.state === 'ready' ? '' : ` (${python.message})`}`,
          )
          terminal.print(`DuckDB: ${engine.version}`)
        })
      } finally {
        rmSync(folder, { recursive: true, force: true })
      }
    })
}
