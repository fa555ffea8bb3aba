import { monaco } from '../ui/monaco'
import { useOpenDocuments } from './documents'
import { languageClient } from './languageClient'
import { pathOf } from './models'
import { setProblems } from './problems'
import { languageId } from './promlLanguage'

languageClient().onDidCheck(({ uri, version, diagnostics, elapsedMs }) => {
  const document = [...useOpenDocuments.getState().open.values()].find((one) => one.uri === uri)
  // Of a file that is not open: the problems of the whole workspace are listed.
  if (!document && version === null) setProblems(pathOf(uri), diagnostics, null)
  if (!document || document.model.getVersionId() !== version) return
  setProblems(document.path, diagnostics, elapsedMs)
  monaco.editor.setModelMarkers(
    document.model,
    languageId,
    diagnostics.map(({ span, severity, code, message, mend }) => {
      const start = document.model.getPositionAt(span.start)
      const end = document.model.getPositionAt(Math.max(span.end, span.start + 1))
      return {
        startLineNumber: start.lineNumber,
        startColumn: start.column,
        endLineNumber: end.lineNumber,
        endColumn: end.column,
        severity: markerSeverity[severity],
        message: mend ? `${message}\n${mend}` : message,
        code,
        source: 'proml',
      }
    }),
  )
})

const markerSeverity = {
  error: monaco.MarkerSeverity.Error,
  warning: monaco.MarkerSeverity.Warning,
  info: monaco.MarkerSeverity.Info,
} as const
