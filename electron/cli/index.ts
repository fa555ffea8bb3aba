import { toStudioError } from '@shared/errors'
import { Command } from 'commander'
import { addDataCommands } from './commands/data'
import { addDemoCommand } from './commands/demo'
import { addDoctorCommand } from './commands/doctor'
import { addFeatureCommands } from './commands/features'
import { addInterchangeCommands } from './commands/interchange'
import { addLanguageCommands } from './commands/language'
import { addMaterialiseCommands } from './commands/materialise'
import { addModelCommands } from './commands/models'
import { addProgramCommands } from './commands/programs'
import { addRegistryCommands } from './commands/registry'
import { exitCodeOf, exitCodes } from './exitCodes'
import { FailureWithFacts } from './failure'

const program = new Command('proml')
  .description('Pro-ML Studio without a window: the same services, for scripts.')
  .version('0.1.0')
  // An option belongs to the command that it follows: `proml export feathr … --json` is not `proml export`’s.
  .enablePositionalOptions()
  // Before the commands are added: they take it over.
  .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? exitCodes.done : exitCodes.usage))
addLanguageCommands(program)
addDataCommands(program)
addFeatureCommands(program)
addMaterialiseCommands(program)
addProgramCommands(program)
addModelCommands(program)
addInterchangeCommands(program)
addRegistryCommands(program)
addDoctorCommand(program)
addDemoCommand(program)

let isJson = false
program.hook('preAction', (_, command) => {
  isJson = command.opts().json === true
})

// Whoever reads our output may stop early: `proml runs | head`.
process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1))

// Who started us and holds our input open is gone when it ends; then nobody wants what we do.
if (process.env.PROML_FOLLOW_INPUT === '1')
  process.stdin.resume().once('end', () => process.kill(process.pid, 'SIGINT'))

program.parseAsync().then(
  // On Windows a pipe takes its text later.
  () => process.stdout.write('', () => process.exit()),
  (thrown: unknown) => {
    const error = toStudioError(thrown)
    const { code, message, hint, place } = error
    const facts = thrown instanceof FailureWithFacts ? thrown.facts : {}
    const finish = (): void => process.exit(exitCodeOf[code])
    const where = place?.file ? `${place.file}${place.line ? `:${place.line}` : ''}: ` : ''
    process.stderr.write(`${where}${message}\n`)
    if (hint) process.stderr.write(`${hint}\n`)
    if (code === 'internal' && error.detail) process.stderr.write(`${error.detail}\n`)
    const told = { error: { code, message, hint, place }, ...facts }
    if (isJson) process.stdout.write(`${JSON.stringify(told, null, 2)}\n`, finish)
    else finish()
  },
)
