import type { OutlineItem } from '@shared/language/server/protocol'
import { FilePlus } from 'lucide-react'
import { openFile, openPanel, useNavigation } from '../app/navigation'
import { attempt } from '../app/notices'
import { fileName } from '../app/panels'
import { studio } from '../app/studio'
import { useWorkspace } from '../app/workspace'
import { Button, IconButton } from '../ui/button'
import { EmptyState } from '../ui/states'
import { newProgramText } from './newProgram'
import { useOutline } from './outline'
import { useProblems } from './problems'

/** The programs of the workspace, and what the open one declares. */
export const AuthorSideBar = () => {
  const entries = useWorkspace(({ entries }) => entries)
  const byFile = useProblems((problems) => problems.byFile)
  const active = useNavigation(({ activePanel }) =>
    activePanel?.type === 'proml' ? String(activePanel.parameters.path) : null,
  )
  const { path, items, chosen } = useOutline(active)
  const programs = entries.filter((entry) => entry.kind === 'file' && entry.path.endsWith('.proml'))
  return (
    <div className="author-side">
      <div className="side-head">
        <h2 className="side-title">Programs</h2>
        <IconButton label="New program" icon={<FilePlus size={14} />} onPress={() => attempt(newProgram)} />
      </div>
      {programs.length === 0 ? (
        <EmptyState
          title="No program yet"
          detail="A .proml file says where data is, what is known about it and how a prediction is made."
          action={<Button onPress={() => attempt(newProgram)}>Write the first one</Button>}
        />
      ) : (
        <ul>
          {programs.map((entry) => {
            const problems = byFile[entry.path]?.filter(({ severity }) => severity !== 'info') ?? []
            const errors = problems.filter(({ severity }) => severity === 'error').length
            return (
              <li key={entry.path}>
                <button
                  type="button"
                  className="author-side-row"
                  aria-current={entry.path === active ? 'page' : undefined}
                  onClick={() => openFile(entry.path)}
                >
                  <span className="author-side-name" title={entry.path}>
                    {entry.path}
                  </span>
                  {problems.length > 0 ? (
                    <span className={`author-side-tag ${errors > 0 ? 'author-bad' : 'author-warn'}`}>
                      {errors > 0 ? plural(errors, 'error') : plural(problems.length, 'warning')}
                    </span>
                  ) : null}
                </button>
              </li>
            )
          })}
        </ul>
      )}
      {path ? (
        <>
          <h2 className="side-title">
            Outline · <span className="author-side-file">{fileName(path)}</span>
          </h2>
          <ul aria-label={`Outline of ${path}`}>
            {items.map((item) => (
              <li key={`${item.id} ${item.line}`}>
                <OutlineRow item={item} isChosen={item.id === chosen} path={path} />
              </li>
            ))}
          </ul>
        </>
      ) : null}
    </div>
  )
}

interface OutlineRowProps {
  readonly item: OutlineItem
  readonly isChosen: boolean
  readonly path: string
}

const OutlineRow = ({ item, isChosen, path }: OutlineRowProps) => (
  <button
    type="button"
    className={`author-side-row ${isChosen ? 'author-side-chosen' : ''}`}
    aria-current={isChosen ? 'true' : undefined}
    onClick={() => openPanel('proml', { path, line: item.line, column: 1, revealedAt: Date.now() })}
  >
    <span className={`author-dot author-node-${item.kind}`} aria-hidden />
    <span className="author-side-name" title={item.name}>
      {item.name}
    </span>
    <span className="author-side-tag">{item.detail}</span>
  </button>
)

const plural = (count: number, word: string): string => `${count} ${word}${count === 1 ? '' : 's'}`

async function newProgram(): Promise<void> {
  const taken = new Set(useWorkspace.getState().entries.map(({ path }) => path))
  let path = 'model.proml'
  for (let number = 2; taken.has(path); number++) path = `model-${number}.proml`
  await studio.workspace.write({ path, text: newProgramText('new'), expectedDigest: null })
  openPanel('proml', { path })
}
