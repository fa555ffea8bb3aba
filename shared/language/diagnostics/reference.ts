import { diagnosticTable } from './table'

const families: readonly (readonly [prefix: string, title: string])[] = [
  ['PML10', 'Reading the text'],
  ['PML11', 'Names'],
  ['PML12', 'Types and parameters'],
  ['PML13', 'Sources'],
  ['PML14', 'Features and entities'],
  ['PML15', 'Models'],
  ['PML21', 'Advice'],
]

/** `docs/diagnostics.md`, made from the table. */
export const diagnosticsReference = (): string => {
  const rows = Object.entries(diagnosticTable)
  const sections = families.map(([prefix, title]) => {
    const lines = rows
      .filter(([code]) => code.startsWith(prefix))
      .map(([code, { severity, title: what }]) => `| ${code} | ${severity} | ${what} |`)
    return `## ${title}\n\n| code | severity | what |\n|---|---|---|\n${lines.join('\n')}\n`
  })
  return [
    '# Diagnostics',
    'Every message that the language gives has a stable code, the exact place, one sentence that says what is wrong and one that says how to mend it. A code never changes its meaning. This page is made from `shared/language/diagnostics`; a test keeps it current.',
    ...sections,
  ].join('\n\n')
}
