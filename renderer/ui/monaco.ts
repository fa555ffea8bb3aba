import * as monaco from 'monaco-editor/editor/editor.api'
import 'monaco-editor/features/register.all'
import EditorWorker from 'monaco-editor/editor/editor.worker?worker'
import { useTheme } from '../app/theme'

/** The one way to Monaco: its worker, the studio’s theme, and no language that nobody asked for. */
self.MonacoEnvironment = { getWorker: () => new EditorWorker() }

const token = (name: string): string => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim()
/** Monaco takes `#rrggbb`, with two more digits for opacity; a build may have shortened a token to `#rgb`. */
const colour = (name: string, opacity = ''): string => {
  const short = /^#([\da-f])([\da-f])([\da-f])$/i.exec(token(name))
  if (short)
    return `#${short
      .slice(1)
      .map((digit) => digit + digit)
      .join('')}${opacity}`
  return `${/^#[\da-f]{6}$/i.test(token(name)) ? token(name) : '#808080'}${opacity}`
}
const bare = (name: string): string => colour(name).slice(1)

const applyTheme = (): void => {
  const { isDark } = useTheme.getState()
  monaco.editor.defineTheme('studio', {
    base: isDark ? 'vs-dark' : 'vs',
    inherit: true,
    rules: [
      { token: '', foreground: bare('text') },
      { token: 'keyword', foreground: bare('kw') },
      { token: 'string', foreground: bare('str') },
      { token: 'number', foreground: bare('num') },
      { token: 'comment', foreground: bare('com'), fontStyle: 'italic' },
      { token: 'function', foreground: bare('fn') },
      { token: 'type', foreground: bare('muted') },
      { token: 'operator', foreground: bare('muted') },
      { token: 'delimiter', foreground: bare('muted') },
      { token: 'identifier', foreground: bare('text') },
    ],
    colors: {
      'editor.background': colour('panel'),
      'editor.foreground': colour('text'),
      'editorGutter.background': colour('panel'),
      'editorLineNumber.foreground': colour('faint'),
      'editorLineNumber.activeForeground': colour('text'),
      'editorCursor.foreground': colour('accent'),
      'editor.selectionBackground': colour('accent', '40'),
      'editor.inactiveSelectionBackground': colour('accent', '22'),
      'editor.lineHighlightBackground': colour('hover'),
      'editor.lineHighlightBorder': colour('hover'),
      'editor.wordHighlightBackground': colour('accent', '22'),
      'editor.wordHighlightStrongBackground': colour('accent', '33'),
      'editorIndentGuide.background1': colour('line'),
      'editorIndentGuide.activeBackground1': colour('line-strong'),
      'editorBracketMatch.background': colour('accent', '22'),
      'editorBracketMatch.border': colour('line-strong'),
      // One colour for all depths: brackets are not data.
      ...Object.fromEntries(
        [1, 2, 3, 4, 5, 6].map((depth) => [`editorBracketHighlight.foreground${depth}`, colour('muted')]),
      ),
      'editorError.foreground': colour('bad'),
      'editorWarning.foreground': colour('warn'),
      'editorInfo.foreground': colour('accent'),
      'editorWidget.background': colour('raised'),
      'editorWidget.foreground': colour('text'),
      'editorWidget.border': colour('line-strong'),
      'editorSuggestWidget.background': colour('raised'),
      'editorSuggestWidget.border': colour('line-strong'),
      'editorSuggestWidget.foreground': colour('text'),
      'editorSuggestWidget.highlightForeground': colour('accent'),
      'editorSuggestWidget.focusHighlightForeground': colour('accent'),
      'editorSuggestWidget.selectedIconForeground': colour('text'),
      'editorSuggestWidget.selectedBackground': colour('accent-soft'),
      'editorSuggestWidget.selectedForeground': colour('text'),
      'editorHoverWidget.background': colour('raised'),
      'editorHoverWidget.border': colour('line-strong'),
      'input.background': colour('panel'),
      'input.border': colour('line-control'),
      focusBorder: colour('focus'),
      'list.hoverBackground': colour('hover'),
      'menu.background': colour('raised'),
      'menu.foreground': colour('text'),
      'menu.selectionBackground': colour('accent-soft'),
      'menu.selectionForeground': colour('text'),
      'menu.border': colour('line-strong'),
      'scrollbarSlider.background': colour('line-strong', '80'),
      'scrollbarSlider.hoverBackground': colour('line-control', 'a0'),
      'scrollbar.shadow': '#00000000',
      'editorOverviewRuler.border': '#00000000',
      'textLink.foreground': colour('accent'),
    },
  })
  monaco.editor.setTheme('studio')
}
applyTheme()
useTheme.subscribe(applyTheme)

/** Lists and hovers hang on the page itself: a docked panel is moved by a transform, which would move them too. */
const overflowHost = document.createElement('div')
overflowHost.className = 'monaco-editor'
document.body.append(overflowHost)

/** How every editor of the studio looks and behaves, before a screen adds its own. */
export const editorOptions: monaco.editor.IStandaloneEditorConstructionOptions = {
  automaticLayout: true,
  fontFamily: token('mono-family') || 'monospace',
  fontSize: 12.5,
  lineHeight: 20,
  minimap: { enabled: false },
  scrollBeyondLastLine: false,
  overviewRulerBorder: false,
  overviewRulerLanes: 0,
  hideCursorInOverviewRuler: true,
  renderLineHighlight: 'line',
  renderLineHighlightOnlyWhenFocus: true,
  padding: { top: 8, bottom: 8 },
  stickyScroll: { enabled: false },
  bracketPairColorization: { enabled: false },
  guides: { indentation: false, bracketPairs: false },
  lineNumbersMinChars: 3,
  folding: false,
  glyphMargin: false,
  lineDecorationsWidth: 12,
  fixedOverflowWidgets: true,
  overflowWidgetsDomNode: overflowHost,
  tabSize: 2,
  insertSpaces: true,
  scrollbar: { verticalScrollbarSize: 10, horizontalScrollbarSize: 10, useShadows: false },
  smoothScrolling: false,
  'semanticHighlighting.enabled': false,
}

export { monaco }
