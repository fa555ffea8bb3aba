import type { Import, ImportedName } from '../ast'
import type { Fix } from '../diagnostic'
import { type Report, written } from './report'

/** Takes one name, or with its last name the whole statement, out of the text. */
export const removal = (imported: ImportedName, { names, span }: Import): Fix => {
  const title = 'Remove the import'
  if (names.length === 1) return { title, edits: [{ span, text: '' }] }
  const index = names.indexOf(imported)
  const end = (imported.alias ?? imported.name).span.end
  const next = names[index + 1]
  const before = names[index - 1]
  const edit = next
    ? { start: imported.name.span.start, end: next.name.span.start }
    : { start: (before?.alias ?? before?.name ?? imported.name).span.end, end }
  return { title, edits: [{ span: edit, text: '' }] }
}

/** Puts an import behind those that are there. */
export const importFix = (
  name: string,
  from: string,
  { report, file }: { readonly report: Report; readonly file: string },
): Fix => {
  const start = report.importsEndAt(file)
  const text = `import ${written(name)} from "${from}"`
  return {
    title: `Import it from ${from}`,
    edits: [{ span: { start, end: start }, text: start === 0 ? `${text}\n\n` : `\n${text}` }],
  }
}
