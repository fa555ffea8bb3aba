import { Code } from 'lucide-react'
import { lazy, Suspense } from 'react'
import type { Contribution, PanelParameters } from '../app/contributions'
import { useNavigation } from '../app/navigation'
import { fileName } from '../app/panels'
import { Skeleton } from '../ui/states'
import { AuthorSideBar } from './sideBar'
import type { ViewMode } from './views'
import './author.css'
import { hasOwnUndo } from './focus'

/** The editor is large and comes when the first program is opened. */
const Panel = lazy(() => import('./panel'))
const actions = () => import('./actions')

const isProgramActive = (): boolean => useNavigation.getState().activePanel?.type === 'proml'

const onProgram = async (run: (path: string) => Promise<unknown> | undefined): Promise<void> => {
  const { activePanel } = useNavigation.getState()
  const path = activePanel?.type === 'proml' ? activePanel.parameters.path : null
  if (typeof path === 'string') await run(path)
}

const show = async (mode: ViewMode): Promise<void> => (await actions()).showView(mode)

/** What the text editor does at its cursor, under its own keys there. */
const editorCommands = [
  { id: 'author.definition', title: 'Go to the definition', action: 'editor.action.revealDefinition' },
  { id: 'author.references', title: 'Find references', action: 'editor.action.goToReferences' },
  { id: 'author.symbol', title: 'Go to a symbol of the program', action: 'editor.action.quickOutline' },
  { id: 'author.actions', title: 'Mend or refactor here', action: 'editor.action.quickFix' },
  { id: 'author.fold', title: 'Fold everything', action: 'editor.foldAll' },
  { id: 'author.unfold', title: 'Unfold everything', action: 'editor.unfoldAll' },
] as const

export const authorContribution: Contribution = {
  activity: { id: 'author', label: 'Author', icon: Code, sideBar: AuthorSideBar },
  panels: [
    {
      type: 'proml',
      title: (parameters: PanelParameters) => fileName(String(parameters.path ?? 'program')),
      component: (props) => (
        <Suspense
          fallback={
            <div className="author-wait" aria-busy="true">
              <Skeleton lines={12} height={14} />
            </div>
          }
        >
          <Panel {...props} />
        </Suspense>
      ),
      opens: ['.proml'],
    },
  ],
  commands: [
    {
      id: 'author.save',
      title: 'Save the program',
      category: 'Author',
      keys: 'Mod+S',
      when: isProgramActive,
      run: () => onProgram(async (path) => (await actions()).saveProgram(path)),
    },
    {
      id: 'author.undo',
      title: 'Undo in the program',
      category: 'Author',
      keys: 'Mod+Z',
      when: () => isProgramActive() && !hasOwnUndo(),
      run: () => onProgram(async (path) => (await actions()).undoInProgram(path)),
    },
    {
      id: 'author.redo',
      title: 'Redo in the program',
      category: 'Author',
      keys: 'Mod+Shift+Z',
      when: () => isProgramActive() && !hasOwnUndo(),
      run: () => onProgram(async (path) => (await actions()).redoInProgram(path)),
    },
    {
      id: 'author.format',
      title: 'Format the program',
      category: 'Author',
      keys: 'Alt+Shift+F',
      when: isProgramActive,
      run: () => onProgram(async (path) => (await actions()).formatProgram(path)),
    },
    {
      id: 'author.rename',
      title: 'Rename',
      category: 'Author',
      keys: 'F2',
      when: isProgramActive,
      run: () => onProgram(async (path) => (await actions()).renameInProgram(path)),
    },
    ...editorCommands.map(({ id, title, action }) => ({
      id,
      title,
      category: 'Author',
      when: isProgramActive,
      run: () => onProgram(async (path) => (await actions()).runInEditor(path, action)),
    })),
    {
      id: 'author.hints',
      title: 'Show or hide types and parameter names',
      category: 'Author',
      when: isProgramActive,
      run: async () => (await actions()).toggleHints(),
    },
    {
      id: 'author.text',
      title: 'Show the text alone',
      category: 'Author',
      keys: 'Mod+Alt+1',
      when: isProgramActive,
      run: () => show('text'),
    },
    {
      id: 'author.both',
      title: 'Show text and graph',
      category: 'Author',
      keys: 'Mod+Alt+2',
      when: isProgramActive,
      run: () => show('both'),
    },
    {
      id: 'author.graph',
      title: 'Show the graph alone',
      category: 'Author',
      keys: 'Mod+Alt+3',
      when: isProgramActive,
      run: () => show('graph'),
    },
    {
      id: 'author.preview',
      title: 'Preview the training set',
      category: 'Author',
      when: isProgramActive,
      run: () => onProgram(async (path) => (await actions()).previewProgram(path)),
    },
    {
      id: 'author.train',
      title: 'Train the model',
      category: 'Author',
      keys: 'Mod+Shift+Enter',
      when: isProgramActive,
      run: () => onProgram(async (path) => (await actions()).trainProgram(path)),
    },
  ],
}
