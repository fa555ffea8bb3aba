import { z } from 'zod'

/** Encodings that a CSV is read in; `utf-16` in either byte order. */
export const csvEncodings = ['utf-8', 'utf-16', 'windows-1252'] as const
export type CsvEncoding = (typeof csvEncodings)[number]

export const badRowSchema = z.object({
  /** Workspace-relative. */
  file: z.string(),
  /** Of the file, from 1, as an editor counts them: line ends inside quotation marks count too. */
  line: z.number(),
  /** Where the row ends; larger than `line` for a row over several lines. */
  lastLine: z.number(),
  /** The column at fault, where one is. */
  column: z.string().nullable(),
  /** What is wrong, to be read after “line 3”. */
  reason: z.string(),
  /** The line itself, clipped. */
  text: z.string(),
})
export type BadRow = z.infer<typeof badRowSchema>

export const badRowsSchema = z.object({
  /** All of them; `rows` has the first. */
  total: z.number(),
  rows: z.array(badRowSchema),
})
export type BadRows = z.infer<typeof badRowsSchema>

/** What to write in a program that is to read a file without its bad rows; a command has an option for it. */
export const withoutBadRowsHint = (path: string): string =>
  `To read the file without such lines, write \`csv("${path}", bad_rows: "skip")\`.`

/** `line 3`, `lines 3–5` */
export const badRowPlace = ({ line, lastLine }: Pick<BadRow, 'line' | 'lastLine'>): string =>
  lastLine > line ? `lines ${line}–${lastLine}` : `line ${line}`
