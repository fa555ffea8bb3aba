import { adviceDiagnostics } from './advice'
import { featureDiagnostics } from './features'
import { modelDiagnostics } from './models'
import { nameDiagnostics } from './names'
import { sourceDiagnostics } from './sources'
import { syntaxDiagnostics } from './syntax'
import { typeDiagnostics } from './types'

/** Every message of the language, by its code. A code never changes its meaning. */
export const diagnosticTable = {
  ...syntaxDiagnostics,
  ...nameDiagnostics,
  ...typeDiagnostics,
  ...sourceDiagnostics,
  ...featureDiagnostics,
  ...modelDiagnostics,
  ...adviceDiagnostics,
}

export type DiagnosticCode = keyof typeof diagnosticTable
export type DiagnosticParams<C extends DiagnosticCode> = Parameters<(typeof diagnosticTable)[C]['message']>[0]
