import { editorOptions, monaco } from '../ui/monaco'

const commands: Readonly<Record<string, string>> = { Enter: 'acceptRenameInput', Escape: 'cancelRenameInput' }

// The box for a new name hangs on the page itself, where the keys of the editor do not reach it.
editorOptions.overflowWidgetsDomNode?.addEventListener('keydown', (event) => {
  const command = commands[event.key]
  if (command === undefined || event.isComposing) return
  if (!(event.target instanceof Element) || !event.target.closest('.rename-box')) return
  event.preventDefault()
  event.stopPropagation()
  // Only the editor whose box it is takes the command.
  for (const editor of monaco.editor.getEditors()) editor.trigger('keyboard', command, {})
})
