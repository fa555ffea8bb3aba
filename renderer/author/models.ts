import { monaco } from '../ui/monaco'
import { languageId } from './promlLanguage'

export const uriOf = (path: string): string => monaco.Uri.from({ scheme: 'file', path: `/${path}` }).toString()

export const pathOf = (uri: string): string => monaco.Uri.parse(uri).path.slice(1)

/** The model of a file that is not open, as the file is now: places in it can be shown before it is opened. */
export function modelWith(path: string, text: string): monaco.editor.ITextModel {
  const uri = monaco.Uri.parse(uriOf(path))
  const known = monaco.editor.getModel(uri)
  if (known && known.getValue() !== text) known.setValue(text)
  return known ?? monaco.editor.createModel(text, languageId, uri)
}
