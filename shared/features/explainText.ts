import { counted } from '../counted'
import type { Explanation } from '../rpc/features'

const table = (rows: readonly (readonly string[])[]): string[] => {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)))
  return rows.map((row) => `  ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ')}`.trimEnd())
}

const times = (count: number): string => (count === 1 ? 'once' : count === 2 ? 'twice' : `${count} times`)
const listed = (names: readonly string[]): string => names.join(', ')

const readLines = ({ reads }: Explanation): string[] => [
  'Read',
  ...table(
    reads.map(({ source, path, count, columns, of }) => [
      source,
      `${path}, ${times(count)}`,
      `${columns.length} of ${counted(of, 'column')}: ${listed(columns)}`,
    ]),
  ),
]

const observationLines = ({ observation }: Explanation): string[] => {
  const { source, filter, label, time, split } = observation
  const of = `every row of ${source}${filter === null ? '' : ` where ${filter}`}`
  return [
    `Rows: ${of}${label === null ? '' : `, if ${label} is known`}`,
    `  ${time === null ? 'in the order of their row keys' : `at t = ${time}, in its order`}; split ${split}`,
  ]
}

/** What of a scan over time is no SQL when a file is written. */
const passWords = (features: Explanation['scans'][number]['features']): string => {
  const passed = features.filter(({ isPassed }) => isPassed).length
  if (passed === 0) return ''
  const who = passed === features.length ? '' : passed === 1 ? 'one ' : `${passed} of them `
  return `, ${who}by a pass over its rows`
}

const scanLines = ({ source, keys, filter, isOverTime, probes, features }: Explanation['scans'][number]): string[] => {
  const by = keys.length === 0 ? '' : ` by ${listed(keys)}`
  const own = probes.filter((columns) => columns.length > 0)
  const asked = own.length === 0 ? '' : `, asked for ${own.map((columns) => `(${listed(columns)})`).join(' and ')}`
  const many = features.length === 1 ? 'one feature' : `${features.length} features share it`
  return [
    `Scan of ${source}${by}${filter === null ? '' : ` where ${filter}`}${asked}: ${many}${passWords(features)}`,
    ...table(
      features.map((feature) => [
        feature.name,
        feature.value,
        isOverTime ? (feature.window ?? '') : 'the row of the key',
        [
          ...(feature.arrival === null ? [] : [feature.arrival]),
          ...(feature.default === null ? [] : [`else ${feature.default}`]),
        ].join(', '),
      ]),
    ),
  ]
}

/** The explanation for a person, as lines of plain text. */
export const explanationText = (explanation: Explanation): string => {
  const { model, scans, derived, uses } = explanation
  const blocks: string[][] = [
    [
      `Training set of ${model}: ${counted(uses.length, 'column')} from ${scans.length === 1 ? 'one scan' : `${scans.length} scans`}`,
    ],
    readLines(explanation),
    observationLines(explanation),
    ...scans.map(scanLines),
  ]
  if (derived.length > 0)
    blocks.push(['Computed from those', ...table(derived.map(({ name, expr }) => [name, `= ${expr}`]))])
  blocks.push(['Columns', ...table(uses.map(({ name, from }) => [name, name === from ? '' : `= ${from}`]))])
  return blocks.map((lines) => lines.join('\n')).join('\n\n')
}
