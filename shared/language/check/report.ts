import type { Span } from '../../plan/plan'
import type { Document } from '../ast'
import type { Diagnostic, Fix } from '../diagnostic'
import { mechanicalFixes } from '../diagnostics/fixes'
import { type DiagnosticCode, type DiagnosticParams, diagnosticTable } from '../diagnostics/table'

/** Collects diagnostics; one that stands at the same place with the same code is kept once. */
export interface Report {
  add<C extends DiagnosticCode>(
    file: string,
    code: C,
    span: Span,
    params: DiagnosticParams<C>,
    fixes?: readonly Fix[],
  ): void
  textOf(file: string): string
  /** Something is left untold for now, since more will be known: who counts what was told must not take it for right. */
  passOver(): void
  /** How often something was told or passed over so far, the same thing too. */
  told(): number
  /** By file, then by place. */
  all(): readonly Diagnostic[]
  hasErrorIn(file: string, span: Span): boolean
  /** Where one more import would stand: behind the last one, or behind the namespace, or at the start. */
  importsEndAt(file: string): number
}

/** 1-based line and column of an offset. */
export const placesOf = (text: string): ((offset: number) => { line: number; column: number }) => {
  const starts = [0]
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) starts.push(at + 1)
  return (offset) => {
    let low = 0
    let high = starts.length - 1
    while (low < high) {
      const middle = (low + high + 1) >> 1
      if ((starts[middle] ?? 0) <= offset) low = middle
      else high = middle - 1
    }
    return { line: low + 1, column: offset - (starts[low] ?? 0) + 1 }
  }
}

export const createReport = (documents: ReadonlyMap<string, Document>): Report => {
  const found: Diagnostic[] = []
  let times = 0
  const seen = new Set<string>()
  const places = new Map<string, ReturnType<typeof placesOf>>()
  const placeIn = (file: string) => {
    let place = places.get(file)
    if (!place) {
      place = placesOf(documents.get(file)?.text ?? '')
      places.set(file, place)
    }
    return place
  }
  const keep = (diagnostic: Omit<Diagnostic, 'line' | 'column'>) => {
    const key = `${diagnostic.file}\0${diagnostic.code}\0${diagnostic.span.start}\0${diagnostic.span.end}`
    if (seen.has(key)) return
    seen.add(key)
    found.push({ ...diagnostic, ...placeIn(diagnostic.file)(diagnostic.span.start) })
  }
  for (const [file, document] of documents)
    for (const { code, span, message, mend, fixes } of document.errors)
      keep({ code, severity: 'error', file, span, message, mend, fixes: [...fixes(document.text)] })
  return {
    textOf: (file) => documents.get(file)?.text ?? '',
    passOver: () => void times++,
    told: () => times,
    add(file, code, span, params, given = []) {
      times++
      const row: { severity: Diagnostic['severity']; message: (p: never) => string; mend: (p: never) => string } =
        diagnosticTable[code]
      const values = params as never
      const fixes = given.length > 0 ? given : mechanicalFixes(code, { text: this.textOf(file), span }, params)
      keep({
        code,
        severity: row.severity,
        file,
        span,
        message: row.message(values),
        mend: row.mend(values),
        fixes: [...fixes],
      })
    },
    all: () =>
      found.toSorted(
        (a, b) =>
          compare(a.file, b.file) || a.span.start - b.span.start || a.span.end - b.span.end || compare(a.code, b.code),
      ),
    importsEndAt: (file) => {
      const document = documents.get(file)
      return document?.imports.at(-1)?.span.end ?? document?.like?.span.end ?? document?.namespace?.span.end ?? 0
    },
    hasErrorIn: (file, span) =>
      found.some(
        (each) =>
          each.severity === 'error' &&
          each.file === file &&
          each.span.start >= span.start &&
          each.span.start <= span.end,
      ),
  }
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

/** A fix for each of the proposed names. */
export const replacements = (span: Span, names: readonly string[]): Fix[] =>
  names.map((name) => ({ title: `Change to \`${name}\``, edits: [{ span, text: written(name) }] }))

/** A name as the text writes it: in backquotes where it is no identifier. */
export const written = (name: string): string => (/^[\p{L}_][\p{L}\p{M}\p{N}_]*$/u.test(name) ? name : `\`${name}\``)
