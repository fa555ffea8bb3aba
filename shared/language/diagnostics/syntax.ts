import type { Span } from '../../plan/plan'
import { entry } from './entry'

/** Messages about text that cannot be read: `PML10nn`. */
export const syntaxDiagnostics = {
  PML1001: entry<{ expected: string; found: string }>({
    severity: 'error',
    title: 'Something else was expected here',
    message: ({ expected, found }) => `Expected ${expected}, found ${found}.`,
    mend: ({ expected }) => `Write ${expected} here.`,
  }),
  PML1002: entry({
    severity: 'error',
    title: 'A text is never closed',
    message: () => 'This text is never closed.',
    mend: () => 'Add a closing `"` on the same line.',
  }),
  PML1003: entry({
    severity: 'error',
    title: 'A comment is never closed',
    message: () => 'This comment is never closed.',
    mend: () => 'Add `*/` where the comment ends.',
  }),
  PML1004: entry<{ character: string }>({
    severity: 'error',
    title: 'A character that means nothing here',
    message: ({ character }) => `The character ${character} means nothing here.`,
    mend: () => 'Remove it, or put a column name that holds it in backquotes.',
  }),
  PML1005: entry<{ limit: number }>({
    severity: 'error',
    title: 'An expression is nested too deeply',
    message: ({ limit }) => `This expression is nested more than ${limit} levels deep.`,
    mend: () => 'Give its parts names of their own with further features or `let` statements.',
  }),
  /** `missed`: the place, without a length, where it was missed. */
  PML1006: entry<{ open: string; close: string; missed: Span }>({
    severity: 'error',
    title: 'A bracket is never closed',
    message: ({ open }) => `This \`${open}\` is never closed.`,
    mend: ({ close }) => `Add \`${close}\` where it ends.`,
  }),
  PML1007: entry<{ text: string }>({
    severity: 'error',
    title: 'A number with an unknown unit',
    message: ({ text }) => `\`${text}\` is no number, duration or size.`,
    mend: () => 'Durations end in ms, s, m, h, d or w; sizes in B, KB, MB or GB.',
  }),
  PML1008: entry<{ clause: string }>({
    severity: 'error',
    title: 'A clause stands twice',
    message: ({ clause }) => `\`${clause}\` stands twice.`,
    mend: ({ clause }) => `Keep one \`${clause}\`.`,
  }),
  PML1009: entry<{ word: string; nearest: string | null; expected: string }>({
    severity: 'error',
    title: 'A line that starts nothing',
    message: ({ word, expected }) => `\`${word}\` starts nothing here; expected ${expected}.`,
    mend: ({ nearest, expected }) => (nearest ? `Did you mean \`${nearest}\`?` : `Start with ${expected}.`),
  }),
  PML1010: entry<{ limit: number }>({
    severity: 'error',
    title: 'The file is too long',
    message: ({ limit }) => `The file is longer than ${limit.toLocaleString('en')} characters and was not read.`,
    mend: () => 'Split it into several `.proml` files; declarations see each other across files.',
  }),
  PML1011: entry<{ reason: string }>({
    severity: 'error',
    title: 'The file cannot be read',
    message: ({ reason }) => `The file was not read: ${reason}`,
    mend: () => 'Check that it is there, and that you may read it.',
  }),
}
