/**
 * After a field’s edit has become text, the focus goes to the inspector around it: undo then means the document’s, as it does on the
 * graph; inside a field it means the letters typed there.
 */
export const leaveField = (): void => {
  // After the fields were drawn anew from the changed text, so that leaving one is not taken for another edit.
  setTimeout(() => document.querySelector<HTMLElement>('.author-inspector')?.focus(), 0)
}

/** Whether what has the focus has an undo of its own: the text editor, or a field in which one types. */
export const hasOwnUndo = (): boolean =>
  document.activeElement?.closest('.monaco-editor, input, textarea, select, [contenteditable]') != null
