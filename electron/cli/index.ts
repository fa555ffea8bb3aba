import { toStudioError } from '@shared/errors'
import { Command } from 'commander'
import { addDataCommands } from './commands/data'
import { addDemoCommand } from './commands/demo'
import { addDoctorCommand } from './commands/doctor'
import { addInterchangeCommands } from './commands/interchange'
import { addLanguageCommands } from './commands/language'
import { addModelCommands } from './commands/models'
import { addRegistryCommands } from './commands/registry'

const program = new Command('proml')
  .description('Pro-ML Studio without a window: the same services, for scripts.')
  .version('0.1.0')
addLanguageCommands(program)
addDataCommands(program)
addModelCommands(program)
addInterchangeCommands(program)
addRegistryCommands(program)
addDoctorCommand(program)
addDemoCommand(program)

// Whoever reads our output may stop early: `proml runs | head`.
process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1))

program.parseAsync().then(
  // On Windows a pipe takes its text later.
  () => process.stdout.write('', () => process.exit()),
  (thrown: unknown) => {
    const error = toStudioError(thrown)
    const place = error.place?.file ? `${error.place.file}${error.place.line ? `:${error.place.line}` : ''}: ` : ''
    process.stderr.write(`${place}${error.message}\n`)
    if (error.hint) process.stderr.write(`${error.hint}\n`)
    if (error.code === 'internal' && error.detail) process.stderr.write(`${error.detail}\n`)
    // 130 is what a shell expects of something that Ctrl+C ended.
    process.exit(error.code === 'cancelled' ? 130 : 1)
  },
)
