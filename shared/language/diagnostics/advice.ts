import { entry } from './entry'
import { listed } from './wording'

/** What is allowed but probably not meant: `PML21nn`. */
export const adviceDiagnostics = {
  PML2101: entry<{ name: string; columns: readonly string[]; label: string }>({
    severity: 'warning',
    title: 'The label leaks into the model',
    message: ({ name, columns, label }) =>
      `\`${name}\` reads ${listed(columns)}, from which the label \`${label}\` is made.`,
    mend: () => 'Remove it, or use a feature over earlier rows: at prediction time it is not known yet.',
  }),
  PML2102: entry<{ feature: string; model: string; source: string; rule: string }>({
    severity: 'warning',
    title: 'A row sees itself',
    message: ({ feature, model, source, rule }) =>
      `\`${rule}\` lets a row of \`${source}\` into its own \`${feature}\`, and \`${model}\` predicts for those rows.`,
    mend: ({ rule }) => `Remove \`${rule}\`, or add a \`lag\`.`,
  }),
  PML2103: entry<{ name: string; type: string; exactTo: string }>({
    severity: 'info',
    title: 'A number loses digits',
    message: ({ name, type, exactTo }) =>
      `\`${name}\` is ${type} and enters the model as float32, which is exact only to ${exactTo}.`,
    mend: () => 'Nothing, if that is enough; else scale or bucket it in the `use`.',
  }),
  PML2104: entry<{ feature: string }>({
    severity: 'warning',
    title: 'A feature that nothing uses',
    message: ({ feature }) => `\`${feature}\` is never used.`,
    mend: () => 'Use it in a model, or remove it.',
  }),
  PML2105: entry<{ name: string }>({
    severity: 'warning',
    title: 'A range that is never searched',
    message: ({ name }) => `\`tune\` of \`${name}\` is never searched, since \`train\` says no \`search\`.`,
    mend: () => 'Add `search 20 trials maximize auc`, or write one value; without a search the middle is taken.',
  }),
  PML2106: entry<Record<never, never>>({
    severity: 'warning',
    title: 'A search with nothing to search',
    message: () => 'This search has nothing to vary: no parameter is `tune(…)`.',
    mend: () => 'Remove it, or tune a parameter, as in `depth: tune(3..8)`.',
  }),
  PML2107: entry<{ name: string; model: string }>({
    severity: 'warning',
    title: 'A name of a model that nothing reads',
    message: ({ name, model }) => `\`${name}\` is never used in \`${model}\`.`,
    mend: () => 'Give it to an algorithm, or remove it.',
  }),
  PML2108: entry<{ kind: 'source' | 'entity'; name: string }>({
    severity: 'info',
    title: 'A source or entity that nothing uses',
    message: ({ kind, name }) => `The ${kind} \`${name}\` is never used.`,
    mend: () => 'Use it, or remove it.',
  }),
  PML2109: entry<{ metric: string; direction: 'maximize' | 'minimize' }>({
    severity: 'warning',
    title: 'A search in the wrong direction',
    message: ({ metric, direction }) => `\`${direction} ${metric}\` looks for the worst model.`,
    mend: ({ metric, direction }) => `Write \`${direction === 'maximize' ? 'minimize' : 'maximize'} ${metric}\`.`,
  }),
  PML2110: entry<{ feature: string; replacement: string | null }>({
    severity: 'warning',
    title: 'A deprecated feature is used',
    message: ({ feature }) => `\`${feature}\` is deprecated.`,
    mend: ({ replacement }) =>
      replacement === null ? 'Use what its documentation names instead.' : `Use \`${replacement}\`.`,
  }),
  PML2111: entry<{ name: string }>({
    severity: 'warning',
    title: 'An import that nothing uses',
    message: ({ name }) => `\`${name}\` is imported and never used.`,
    mend: () => 'Remove it.',
  }),
  PML2112: entry<{ name: string; namespace: string }>({
    severity: 'info',
    title: 'An import of what is seen anyway',
    message: ({ name }) => `\`${name}\` is seen here without an import.`,
    mend: ({ namespace }) =>
      namespace === ''
        ? 'Remove it: files without a namespace see each other.'
        : `Remove it: all files of \`namespace ${namespace}\` see each other.`,
  }),
  PML2113: entry<{ source: string }>({
    severity: 'warning',
    title: 'A random split of rows that follow in time',
    message: ({ source }) =>
      `Rows of \`${source}\` follow in time: split at random, the model is tested on moments between those it has seen.`,
    mend: () => 'Split by time, as it will be used: `split time 70/15/15`.',
  }),
  PML2114: entry<{ entity: string }>({
    severity: 'info',
    title: 'One entity in training and in test',
    message: ({ entity }) =>
      `Split at random, rows of one \`${entity}\` stand in training and in test, and the model may know it again.`,
    mend: ({ entity }) => `If it is to be tested on others, write \`split by ${entity} 70/15/15\`.`,
  }),
  PML2201: entry<{ what: string; instead: string }>({
    severity: 'info',
    title: 'Written down and not carried out yet',
    message: ({ what }) => `\`${what}\` is part of the plan, but nothing here carries it out yet.`,
    mend: ({ instead }) => instead,
  }),
}
