import { counted } from '../../counted'
import { entry } from './entry'
import { didYouMean, listed } from './wording'

/** Types and parameters: `PML12nn`. */
export const typeDiagnostics = {
  PML1201: entry<{ operator: string; input: string; expected: string; found: string; mend: string | null }>({
    severity: 'error',
    title: 'A value of the wrong type',
    message: ({ operator, expected, found }) => `\`${operator}\` takes ${expected}; this is ${found}.`,
    mend: ({ expected, mend }) => mend ?? `Give it ${expected}.`,
  }),
  PML1202: entry<{ operator: string; left: string; right: string }>({
    severity: 'error',
    title: 'Two values whose types do not meet',
    message: ({ operator, left, right }) => `\`${operator}\` cannot bring together ${left} and ${right}.`,
    mend: () => 'Make both the same type; only int widens to float by itself.',
  }),
  PML1203: entry<{ name: string; declared: string; inferred: string }>({
    severity: 'error',
    title: 'A written type is not the type of the expression',
    message: ({ name, declared, inferred }) =>
      `\`${name}\` is declared ${declared}, but its expression is ${inferred}.`,
    mend: ({ inferred }) => `Write \`: ${inferred}\`, or change the expression.`,
  }),
  PML1204: entry<{ name: string; nearest: readonly string[] }>({
    severity: 'error',
    title: 'No such type',
    message: ({ name }) => `There is no type \`${name}\`.`,
    mend: ({ nearest }) =>
      didYouMean(nearest, 'The types are bool, int, float, string, date, time, duration and vector[n].'),
  }),
  PML1205: entry<{ operator: string; signature: string; found: number }>({
    severity: 'error',
    title: 'A wrong number of arguments',
    message: ({ operator, found }) => `\`${operator}\` cannot be called with ${counted(found, 'argument')}.`,
    mend: ({ signature }) => `Call it as \`${signature}\`.`,
  }),
  PML1206: entry<{ operator: string; parameter: string; nearest: readonly string[]; known: readonly string[] }>({
    severity: 'error',
    title: 'No such parameter',
    message: ({ operator, parameter }) => `\`${operator}\` has no parameter \`${parameter}\`.`,
    mend: ({ nearest, known }) =>
      didYouMean(nearest, known.length === 0 ? 'It has none; remove this one.' : `It has ${listed(known, 9)}.`),
  }),
  PML1207: entry<{ operator: string; parameter: string; documentation: string }>({
    severity: 'error',
    title: 'A parameter is missing',
    message: ({ operator, parameter }) => `\`${operator}\` needs \`${parameter}\`.`,
    mend: ({ parameter, documentation }) => `Add \`${parameter}: …\` (${documentation.replace(/\.$/, '')}).`,
  }),
  PML1208: entry<{ operator: string; parameter: string; expected: string; found: string }>({
    severity: 'error',
    title: 'A parameter with a value that it cannot have',
    message: ({ operator, parameter, expected, found }) =>
      `\`${parameter}\` of \`${operator}\` is ${expected}, not ${found}.`,
    mend: ({ expected }) => `Write ${expected}.`,
  }),
  PML1209: entry<{ operator: string; parameter: string }>({
    severity: 'error',
    title: 'A parameter stands twice',
    message: ({ operator, parameter }) => `\`${parameter}\` of \`${operator}\` stands twice.`,
    mend: () => 'Remove one of them.',
  }),
  PML1211: entry<{ problem: string }>({
    severity: 'error',
    title: 'A search range that cannot be searched',
    message: ({ problem }) => problem,
    mend: () => 'Write `tune(3..8)`, `tune(0.01..0.3, log)` or `tune([50, 100, 200])`.',
  }),
  PML1212: entry<{ clause: string; found: string }>({
    severity: 'error',
    title: 'A condition that is neither true nor false',
    message: ({ clause, found }) => `What follows \`${clause}\` must be true or false; this is ${found}.`,
    mend: () => 'Compare it with something, as in `distance > 0`.',
  }),
  PML1213: entry<{ what: string }>({
    severity: 'error',
    title: 'Something that is no value here',
    message: ({ what }) => `${what} is no value here.`,
    mend: () => 'It belongs in a parameter or a clause that says so.',
  }),
  PML1214: entry<{ operator: string; widths: readonly number[] }>({
    severity: 'error',
    title: 'Vectors of different widths',
    message: ({ operator, widths }) =>
      `\`${operator}\` cannot bring together vectors of ${widths.join(' and ')} columns.`,
    mend: () => 'Put them side by side with `concat`.',
  }),
  PML1215: entry<{ operator: string; instead: readonly string[] }>({
    severity: 'error',
    title: 'Nothing runs this operator yet',
    message: ({ operator }) => `No trainer fits \`${operator}\` yet.`,
    mend: ({ instead }) => `Use ${listed(instead)} for now.`,
  }),
  PML1216: entry<{ length: number; most: number }>({
    severity: 'error',
    title: 'A length that no vector has',
    message: ({ length }) => `A vector cannot have ${length} numbers.`,
    mend: ({ most }) => `Write a whole number from 1 to ${most.toLocaleString('en')}, as in \`vector[8]\`.`,
  }),
}
