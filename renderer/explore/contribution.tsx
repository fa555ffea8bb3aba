import { databaseEndings, shownReference } from '@shared/data/reference'
import { Table2 } from 'lucide-react'
import type { Command, Contribution, PanelParameters } from '../app/contributions'
import { openPanel } from '../app/navigation'
import { fileName } from '../app/panels'
import { refreshTree } from '../app/workspace'
import { activeTablePath, copyFromActiveTable, hasActiveTable } from './activeTable'
import { DataPanel } from './databasePanel'
import './explore.css'
import './table/grid.css'
import { draftFrom } from './draft'
import { newFile, newFolder } from './files/store'
import { SecretPanel } from './secretPanel'
import { ExploreSideBar } from './sideBar'
import { hasActiveText, saveActiveText } from './text/activeText'
import { TextPanel } from './text/textPanel'

const titleOfFile = ({ path }: PanelParameters): string => fileName(shownReference(String(path)))

const commands: readonly Command[] = [
  { id: 'files.newFile', title: 'New file', category: 'Files', keys: 'Alt+N', run: () => newFile() },
  { id: 'files.newFolder', title: 'New folder', category: 'Files', run: () => newFolder() },
  { id: 'files.refresh', title: 'Read the files again', category: 'Files', run: refreshTree },
  {
    id: 'text.save',
    title: 'Save',
    category: 'Files',
    keys: 'Mod+S',
    when: hasActiveText,
    run: saveActiveText,
  },
  {
    id: 'data.secret',
    title: 'Set a secret of a source',
    category: 'Data',
    run: () => openPanel('secret', {}),
  },
  {
    id: 'data.draft',
    title: 'Draft model from this file',
    category: 'Data',
    when: hasActiveTable,
    run: () => {
      const path = activeTablePath()
      if (path !== null) draftFrom(path)
    },
  },
  {
    id: 'data.copyCsv',
    title: 'Copy the selected cells as CSV',
    category: 'Data',
    when: hasActiveTable,
    run: () => copyFromActiveTable('csv'),
  },
  {
    id: 'data.copyMarkdown',
    title: 'Copy the selected cells as Markdown',
    category: 'Data',
    keys: 'Mod+Shift+C',
    when: hasActiveTable,
    run: () => copyFromActiveTable('markdown'),
  },
]

export const exploreContribution: Contribution = {
  activity: { id: 'explore', label: 'Explore', icon: Table2, sideBar: ExploreSideBar },
  panels: [
    {
      type: 'data',
      title: titleOfFile,
      component: DataPanel,
      opens: ['.parquet', '.csv', '.tsv', '.arrow', '.feather', '.ndjson', '.jsonl', '.json', ...databaseEndings],
    },
    { type: 'secret', title: () => 'Secrets of sources', component: SecretPanel },
    {
      type: 'text',
      title: titleOfFile,
      component: TextPanel,
      opens: [
        '.md',
        '.txt',
        '.py',
        '.sql',
        '.toml',
        '.yaml',
        '.yml',
        '.cfg',
        '.ini',
        '.log',
        '.rst',
        '.sh',
        '.r',
        '.xml',
        '.lock',
      ],
    },
  ],
  commands,
}
