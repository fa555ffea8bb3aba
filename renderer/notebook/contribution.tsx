import './notebook.css'
import type { Command, Contribution } from '../app/contributions'
import { useNavigation } from '../app/navigation'
import { fileName } from '../app/panels'
import { runAndAdvance, runAndInsert, runSelected } from './actions'
import { interrupt, restart, runAll, shutdown } from './kernelLink'
import { NotebookPanel } from './panel'
import { clearOutputs, type NotebookStore, openStores, redo, saveNotebook, undo } from './store'

const active = (): NotebookStore | null => {
  const panel = useNavigation.getState().activePanel
  if (panel?.type !== 'notebook') return null
  for (const store of openStores()) if (store.getState().path === panel.parameters.path) return store
  return null
}

/** Keys that run cells count only where the keyboard focus is in a cell: elsewhere Enter is Enter. */
const isInCell = (): boolean => active() !== null && document.activeElement?.closest('.notebook-cells') != null

const command = (
  id: string,
  title: string,
  run: (store: NotebookStore) => void | Promise<void>,
  more: Pick<Command, 'keys' | 'when'> = {},
): Command => ({
  id: `notebook.${id}`,
  title,
  category: 'Notebook',
  when: () => active() !== null,
  ...more,
  run: async () => {
    const store = active()
    if (store) await run(store)
  },
})

export const notebookContribution: Contribution = {
  panels: [
    {
      type: 'notebook',
      title: ({ path }) => fileName(String(path ?? 'Notebook')),
      component: NotebookPanel,
      opens: ['.ipynb'],
    },
  ],
  commands: [
    command('save', 'Save the notebook', (store) => saveNotebook(store), { keys: 'Mod+S' }),
    command('runAll', 'Run all cells', runAll),
    command('run', 'Run the cell', runSelected, { keys: 'Mod+Enter', when: isInCell }),
    command('runAndAdvance', 'Run the cell and go on', runAndAdvance, { keys: 'Shift+Enter', when: isInCell }),
    command('runAndInsert', 'Run the cell and insert one below', runAndInsert, { keys: 'Alt+Enter', when: isInCell }),
    command('interrupt', 'Interrupt the kernel', interrupt),
    command('restart', 'Restart the kernel', restart),
    command('restartAndRunAll', 'Restart the kernel and run all cells', async (store) => {
      await restart(store)
      await runAll(store)
    }),
    command('shutdown', 'Shut the kernel down', shutdown),
    command('clearOutputs', 'Clear all outputs', clearOutputs),
    command('undo', 'Undo a change of cells', undo),
    command('redo', 'Redo a change of cells', redo),
  ],
}
