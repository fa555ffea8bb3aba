import { counted } from '@shared/counted'
import type { Verdict } from '@shared/registry/registry'
import type { Run } from '@shared/training/run'
import type { PlanParts } from './gates'

const number = (value: number): string => value.toLocaleString('en-US', { maximumFractionDigits: 6 })

/** Text in a Markdown table cell or line: one line, no markup of its own. */
const plain = (text: string): string =>
  text
    .replace(/\s+/g, ' ')
    .replace(/[\\`*_{}[\]<>|#]/g, '\\$&')
    .trim()

const table = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n')

const verdictWords: Record<Verdict['verdict'], string> = { passed: 'passed', failed: 'failed', unknown: 'not measured' }

const predicts = (plan: PlanParts): string => {
  if (plan.label === null) return 'The program names no label.'
  switch (plan.label.task) {
    case 'binary':
      return `The probability that \`${plan.label.name}\` is true.`
    case 'regression':
      return `The value of \`${plan.label.name}\`.`
    default:
      return `The class \`${plan.label.name}\`.`
  }
}

const dataSection = (run: Run, plan: PlanParts): string => {
  const source = plan.sources.find((one) => one.name === plan.observation?.source)
  // What is no file is told by the name that the program gives it.
  const place = source && source.path !== '' ? `\`${source.path}\` (source \`${source.name}\`)` : null
  const origin = place ?? (source === undefined ? 'unknown' : `the source \`${source.name}\``)
  const rows =
    run.rows === null
      ? ''
      : `, ${counted(run.rows.train, 'row')} for training, ${number(run.rows.valid)} for validation, ${number(run.rows.test)} for testing`
  return `Observations from ${origin}${rows}.`
}

/** The model card. Made of the run and its plan alone, so that one run has one card. */
export const modelCard = (
  run: Run,
  plan: PlanParts,
  gates: readonly { readonly gate: string; readonly verdict: Verdict['verdict'] }[],
  options: { readonly isDraft: boolean },
): string => {
  const splits = Object.keys(run.metrics).sort()
  const metricNames = [...new Set(splits.flatMap((split) => Object.keys(run.metrics[split] ?? {})))].sort()
  const metricRows = metricNames.map((name) => [
    name,
    ...splits.map((split) => {
      const value = run.metrics[split]?.[name]
      return value === undefined ? '' : number(value)
    }),
  ])
  const importance = new Map(run.importance.map((entry) => [entry.name, entry.value]))
  const documentation = new Map(plan.features.map((feature) => [feature.name, feature.documentation]))
  const inputs = plan.uses.map((use) => {
    const share = importance.get(use.name)
    return [
      `\`${use.name}\``,
      use.width === undefined ? use.type : `${use.type}[${use.width}]`,
      use.definition.kind === 'feature' ? 'feature' : 'column of the row',
      share === undefined ? '' : `${number(Math.round(share * 1000) / 10)} %`,
      plain(documentation.get(use.name) ?? ''),
    ]
  })
  const sections = [
    `# ${plain(run.model)}`,
    options.isDraft ? '**Draft.** Not all gates of this version passed.' : '',
    plan.documentation.trim(),
    `## What it predicts\n\n${predicts(plan)}`,
    `## Data\n\n${dataSection(run, plan)}`,
    metricRows.length === 0 ? '' : `## Metrics\n\n${table(['metric', ...splits], metricRows)}`,
    gates.length === 0
      ? '## Gates\n\nThe program names none.'
      : `## Gates\n\n${table(
          ['gate', 'verdict'],
          gates.map(({ gate, verdict }) => [`\`${gate}\``, verdictWords[verdict]]),
        )}`,
    inputs.length === 0 ? '' : `## Inputs\n\n${table(['input', 'type', 'kind', 'importance', 'about'], inputs)}`,
    `## Origin\n\n${table(
      ['what', 'which'],
      [
        ['run', `\`${run.id}\``],
        ['program', `\`${run.path}\`, ${run.sourceDigest}`],
        ['plan', run.planDigest],
        ['training set', run.dataDigest ?? 'not recorded'],
        ['seed', String(run.seed)],
      ],
    )}`,
  ]
  return `${sections.filter((section) => section !== '').join('\n\n')}\n`
}
