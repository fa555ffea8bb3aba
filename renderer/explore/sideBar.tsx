import { ChevronsDownUp, FilePlus, FolderPlus } from 'lucide-react'
import { useWorkspace } from '../app/workspace'
import { Button, IconButton } from '../ui/button'
import { EmptyState, Skeleton } from '../ui/states'
import { FilesTree } from './files/filesTree'
import { collapseAll, newFile, newFolder } from './files/store'
import { KernelList } from './kernelList'

export const ExploreSideBar = () => {
  const { state, entries, isTruncated } = useWorkspace()
  return (
    <>
      <div className="side-head explore-side-head">
        <h2 className="side-title">Files</h2>
        <IconButton label="New file" icon={<FilePlus size={14} aria-hidden />} onPress={() => newFile()} />
        <IconButton label="New folder" icon={<FolderPlus size={14} aria-hidden />} onPress={() => newFolder()} />
        <IconButton label="Close all folders" icon={<ChevronsDownUp size={14} aria-hidden />} onPress={collapseAll} />
      </div>
      {state === 'loading' ? (
        <div className="explore-side-wait">
          <Skeleton lines={6} />
        </div>
      ) : entries.length === 0 ? (
        <EmptyState
          title="This folder is empty"
          detail="Put a Parquet or CSV file into it, or begin with a text."
          action={<Button onPress={() => newFile('')}>New file</Button>}
        />
      ) : (
        <FilesTree />
      )}
      {isTruncated ? <p className="explore-side-note">Only the first 5,000 files are listed.</p> : null}
      <KernelList />
    </>
  )
}
