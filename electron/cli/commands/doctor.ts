import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Command } from 'commander'
import { withStudio } from '../session'

export const addDoctorCommand = (program: Command): void => {
  program
    .command('doctor')
    .description('check the Python environment and the engines; `npm run doctor` checks the machine')
    .option('--fix', 'make the managed Python environment if it is not there')
    .action(async (options: { fix?: boolean }) => {
      const folder = mkdtempSync(join(tmpdir(), 'proml-doctor-'))
      try {
        await withStudio({ root: folder, isJson: false }, async ({ studio, terminal, job }) => {
          let python = await studio.python.status({})
          if (options.fix && python.state !== 'ready') {
            python = await studio.python.ensure({})
            if (python.jobId) await job(python.jobId)
            python = await studio.python.status({})
          }
          const engine = await studio.data.engine({})
          terminal.print(
            `Python: ${python.state}${python.environment ? ` ${python.environment.version} at ${python.environment.python}` : ''}${python.state === 'ready' ? '' : ` (${python.message})`}`,
          )
          terminal.print(`DuckDB: ${engine.version ?? 'starts when needed'}`)
          if (python.state !== 'ready') process.exitCode = 1
        })
      } finally {
        rmSync(folder, { recursive: true, force: true })
      }
    })
}
