import { counted } from '@shared/counted'
import type { TableSchema } from '@shared/data/profile'
import { StudioError } from '@shared/errors'
import { tableFromIPC } from 'apache-arrow'
import { notify } from '../../app/notices'
import { studio } from '../../app/studio'
import { formatCount } from '../../ui/format'
import { isNumeric, plainTextOf } from './cells'
import { type CopyFormat, copyText } from './clipboard'
import { blockOf, type Selection } from './selection'
import type { TableStore } from './store'

const mostCells = 500_000
const rowsAtOnce = 10_000

/** Put what is selected on the clipboard, read whole from the services, not only what is on the screen. */
export const copySelection = async (
  path: string,
  schema: TableSchema,
  store: TableStore,
  selection: Selection,
  format: CopyFormat,
): Promise<void> => {
  const block = blockOf(selection)
  const columns = schema.columns.slice(block.firstColumn, block.lastColumn + 1)
  const count = block.lastRow - block.firstRow + 1
  if (count * columns.length > mostCells)
    throw new StudioError(
      'not_supported',
      `${formatCount(count * columns.length)} cells are too many for the clipboard.`,
      {
        hint: 'Select fewer, or export the rows to a file.',
      },
    )
  const { sort, filters } = store.getState()
  const rows: string[][] = []
  for (let offset = block.firstRow; offset <= block.lastRow; offset += rowsAtOnce) {
    const { arrow } = await studio.data.page({
      path,
      offset,
      limit: Math.min(rowsAtOnce, block.lastRow - offset + 1),
      columns: columns.map((column) => column.name),
      sort,
      filters: [...filters],
    })
    const table = tableFromIPC(arrow)
    for (let row = 0; row < table.numRows; row += 1)
      rows.push(columns.map((column) => plainTextOf(table.getChild(column.name)?.get(row), column.type)))
  }
  const text = copyText(
    format,
    columns.map((column) => column.name),
    rows,
    columns.map((column) => isNumeric(column.type)),
  )
  await navigator.clipboard.writeText(text)
  notify({ kind: 'info', title: `Copied ${counted(rows.length * columns.length, 'cell')}.` })
}
