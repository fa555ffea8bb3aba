import type { ColumnProfile } from '@shared/data/profile'
import type { GraphNode } from '@shared/graph/graph'
import { Handle, type Node, type NodeProps, Position } from '@xyflow/react'
import { CircleAlert } from 'lucide-react'
import { Fragment, memo } from 'react'

export type FeatureNodeData = {
  readonly node: GraphNode
  readonly isChosen: boolean
  readonly profile: ColumnProfile | null
  readonly onChoose: (node: GraphNode) => void
  readonly onRename: (node: GraphNode) => void
}
export type FeatureNodeType = Node<FeatureNodeData, 'feature'>

/** A named thing as a card: its kind as a colour bar and a word, its name, one line of detail, its values if known. */
export const FeatureNode = memo(({ data }: NodeProps<FeatureNodeType>) => {
  const { node, isChosen, profile, onChoose, onRename } = data
  return (
    <>
      <Handle type="target" position={Position.Left} className="author-handle" isConnectable={false} />
      <button
        type="button"
        className={`author-node author-node-${node.kind} ${isChosen ? 'author-node-chosen' : ''} ${node.hasError ? 'author-node-wrong' : ''}`}
        aria-description={`${node.kind}, ${node.detail}${node.hasError ? ', has an error' : ''}`}
        aria-pressed={isChosen}
        title={`${node.name}\n${node.documentation || node.definition}`}
        onClick={() => onChoose(node)}
        onDoubleClick={() => onRename(node)}
      >
        <span className="author-node-bar" aria-hidden />
        <span className="author-node-name">
          <Breakable name={node.name} />
        </span>
        <span className="author-node-detail" aria-hidden>
          {node.detail}
        </span>
        {profile ? (
          <MiniHistogram profile={profile} />
        ) : (
          <span className="author-node-kind" aria-hidden>
            {node.kind}
          </span>
        )}
        {node.hasError ? <CircleAlert size={13} className="author-node-error" aria-hidden /> : null}
      </button>
      <Handle type="source" position={Position.Right} className="author-handle" isConnectable={false} />
    </>
  )
})

/** A name may break behind its underscores, where it has more than one line. */
const Breakable = ({ name }: { readonly name: string }) =>
  name.split(/(?<=_)/).map((part, index) => (
    // biome-ignore lint/suspicious/noArrayIndexKey: a part is its place
    <Fragment key={index}>
      {index > 0 ? <wbr /> : null}
      {part}
    </Fragment>
  ))

const bars = 14

/** The shape of a distribution at a glance: histogram bins, or the shares of the commonest values. */
const MiniHistogram = ({ profile }: { readonly profile: ColumnProfile }) => {
  const counts = profile.histogram?.counts ?? profile.top.slice(0, bars).map(({ count }) => count)
  const groups = Math.min(bars, counts.length)
  const heights = Array.from({ length: groups }, (_, group) => {
    const from = Math.floor((group * counts.length) / groups)
    const to = Math.floor(((group + 1) * counts.length) / groups)
    return counts.slice(from, to).reduce((sum, count) => sum + count, 0)
  })
  const highest = Math.max(...heights, 1)
  return (
    <svg className="author-node-values" viewBox={`0 0 ${bars * 8} 14`} preserveAspectRatio="none" aria-hidden>
      {heights.map((height, bar) => {
        const size = height === 0 ? 0 : Math.max(1, (height / highest) * 14)
        // biome-ignore lint/suspicious/noArrayIndexKey: a bar is its place
        return <rect key={bar} x={bar * 8} y={14 - size} width={6.6} height={size} rx={1} />
      })}
    </svg>
  )
}
