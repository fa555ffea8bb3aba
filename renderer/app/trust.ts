import { studio } from './studio'
import { useWorkspace } from './workspace'

export const trustWorkspace = async (): Promise<void> => {
  const info = await studio.workspace.trust({})
  useWorkspace.setState({ info })
}
