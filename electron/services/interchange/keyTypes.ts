import type { TableSchema } from '@shared/data/profile'
import type { TypeOfColumn } from '@shared/interchange/places'
import { parse } from '@shared/language/syntax/parser'

/** Types of the columns of all files that a program reads. A file that is not there (yet) just does not say. */
export const keyTypes = async (
  program: string,
  schemaOf: (path: string) => Promise<TableSchema>,
): Promise<TypeOfColumn> => {
  const paths = parse(program).declarations.flatMap((declaration) => {
    const argument = declaration.kind === 'source' ? declaration.args[0]?.value : undefined
    return argument?.kind === 'string' ? [argument.value] : []
  })
  const schemas = new Map(
    await Promise.all([...new Set(paths)].map(async (path) => [path, await schemaOf(path).catch(() => null)] as const)),
  )
  return (path, column) => schemas.get(path)?.columns.find(({ name }) => name === column)?.type ?? null
}
