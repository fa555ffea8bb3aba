import {
  BookOpen,
  Braces,
  Database,
  File,
  FileCode,
  FileImage,
  FileText,
  Folder,
  FolderOpen,
  Layers,
  LineChart,
  Network,
  Settings,
  Sheet,
  Sparkles,
} from 'lucide-react'
import type { ComponentType } from 'react'

type Icon = ComponentType<{ size?: number; className?: string }>

const byEnding: readonly (readonly [RegExp, Icon, string])[] = [
  [/\.proml$/i, Network, 'feature'],
  [/\.ipynb$/i, BookOpen, 'algorithm'],
  [/\.(parquet|arrow|feather|db|db3|sqlite|sqlite3)$/i, Database, 'source'],
  [/\.(csv|tsv|ndjson|jsonl)$/i, Sheet, 'source'],
  [/\.json$/i, Braces, 'source'],
  [/\.(md|txt|rst)$/i, FileText, 'source'],
  [/\.(py|sql|ts|js|sh|toml|ya?ml)$/i, FileCode, 'transform'],
  [/\.(png|jpe?g|svg|gif|webp)$/i, FileImage, 'source'],
]

const byPanel: Readonly<Record<string, readonly [Icon, string]>> = {
  feature: [Layers, 'feature'],
  features: [Layers, 'feature'],
  run: [LineChart, 'algorithm'],
  data: [Sheet, 'source'],
  settings: [Settings, 'source'],
  shortcuts: [Settings, 'source'],
  welcome: [Sparkles, 'feature'],
}

interface FileIconProps {
  readonly name: string
  /** A panel’s type, where the tab stands for no file. */
  readonly type?: string
  readonly folder?: 'open' | 'closed'
}

/** An icon by kind of file; the name beside it says the same. */
export const FileIcon = ({ name, type, folder }: FileIconProps) => {
  const file = byEnding.find(([ending]) => ending.test(name))
  const panel = type === undefined ? undefined : byPanel[type]
  const [Glyph, tone]: readonly [Icon, string] = folder
    ? [folder === 'open' ? FolderOpen : Folder, 'source']
    : file
      ? [file[1], file[2]]
      : (panel ?? [File, 'source'])
  return (
    <span className="shell-file-icon" style={{ color: `var(--${tone})` }} aria-hidden="true">
      <Glyph size={14} />
    </span>
  )
}
