import type { GraphNode } from '@shared/graph/graph'
import { nodeSize } from '@shared/graph/layout'
import { ReactFlow, ReactFlowProvider, useReactFlow, useStore } from '@xyflow/react'
import '@xyflow/react/dist/base.css'
import { Maximize, ZoomIn, ZoomOut } from 'lucide-react'
import { useCallback, useEffect, useMemo, useRef } from 'react'
import { Button, IconButton } from '../ui/button'
import { EmptyState } from '../ui/states'
import type { OpenDocument } from './documents'
import { revealNode } from './editors'
import { FlowEdge, type FlowEdgeType } from './graphEdge'
import { FeatureNode, type FeatureNodeType } from './graphNode'
import { Inspector } from './inspector'
import { useValues, valuesKey } from './values'
import { type AuthorView, selectedNode, selectNode } from './views'

const nodeTypes = { feature: FeatureNode }
const edgeTypes = { flow: FlowEdge }
/** Beyond this many nodes only those in sight are in the page. */
const manyNodes = 120
/** Below this zoom a card shows its name large, in place of its details. */
const farZoom = 0.7

interface GraphViewProps {
  readonly document: OpenDocument
  readonly view: AuthorView
}

export const GraphView = (props: GraphViewProps) => (
  <ReactFlowProvider>
    <Graph {...props} />
  </ReactFlowProvider>
)

const Graph = ({ document, view }: GraphViewProps) => {
  const { path, digest } = document
  const { answer, selected } = view
  const model = answer?.graph.model ?? null
  const values = useValues(({ byKey }) => (model ? byKey.get(valuesKey(path, model, digest)) : undefined))
  const profiles = values?.state === 'ready' ? values.profiles : null
  const frame = useRef<HTMLElement>(null)
  const { fitView } = useReactFlow()

  const onChoose = useCallback(
    (node: GraphNode) => {
      selectNode(path, node.id)
      if (node.file === null) revealNode(path, node)
    },
    [path],
  )
  const onRename = useCallback(
    (node: GraphNode) => {
      selectNode(path, node.id)
      requestAnimationFrame(() => frame.current?.querySelector<HTMLInputElement>('.author-inspector input')?.select())
    },
    [path],
  )

  const nodes = useMemo((): FeatureNodeType[] => {
    const positions = new Map(answer?.layout.positions.map((position) => [position.id, position]))
    return (answer?.graph.nodes ?? []).map((node) => ({
      id: node.id,
      type: 'feature',
      position: { x: positions.get(node.id)?.x ?? 0, y: positions.get(node.id)?.y ?? 0 },
      width: nodeSize.width,
      height: nodeSize.height,
      data: {
        node,
        isChosen: node.id === selected,
        profile: profiles?.get(node.inputs[0] ?? '') ?? null,
        onChoose,
        onRename,
      },
    }))
  }, [answer, selected, profiles, onChoose, onRename])

  const edges = useMemo(
    (): FlowEdgeType[] =>
      (answer?.graph.edges ?? []).map((edge) => {
        const isNear = edge.from === selected || edge.to === selected
        return {
          id: edge.id,
          type: 'flow',
          data: { bends: answer?.layout.bends[edge.id] ?? [] },
          source: edge.from,
          target: edge.to,
          focusable: false,
          className: isNear ? 'author-edge-near' : undefined,
        }
      }),
    [answer, selected],
  )

  const showAll = useCallback(() => {
    fitView({ padding: 0.04, minZoom: 0.42, maxZoom: 1.1 }).catch(() => {})
  }, [fitView])
  const { width = 0, height = 0 } = answer?.layout ?? {}
  useFitWhile(frame, showAll, model, nodes.length > 0 ? `${width} × ${height}` : null)
  const isFar = useStore((state) => state.transform[2] < farZoom)

  const chosen = selectedNode(view)
  if (answer && nodes.length === 0)
    return (
      <section className="author-graph" aria-label="Feature graph">
        <EmptyState
          title="Nothing to draw yet"
          detail="Sources, features and models appear here as they are written."
        />
      </section>
    )
  return (
    <section className={`author-graph ${isFar ? 'author-graph-far' : ''}`} aria-label="Feature graph" ref={frame}>
      <ReactFlow
        nodes={nodes}
        edges={edges}
        nodeTypes={nodeTypes}
        edgeTypes={edgeTypes}
        nodesDraggable={false}
        nodesConnectable={false}
        nodesFocusable={false}
        edgesFocusable={false}
        elementsSelectable={false}
        onPaneClick={() => selectNode(path, null)}
        onlyRenderVisibleElements={nodes.length > manyNodes}
        minZoom={0.05}
        maxZoom={2}
        zoomOnDoubleClick={false}
        // The canvas listens to the whole page and would take the space bar from the editor beside it.
        panActivationKeyCode={null}
        zoomActivationKeyCode={null}
        selectionKeyCode={null}
        multiSelectionKeyCode={null}
        deleteKeyCode={null}
        disableKeyboardA11y
        proOptions={{ hideAttribution: true }}
      >
        <ZoomBar onFit={showAll} />
      </ReactFlow>
      {chosen ? (
        <Inspector document={document} node={chosen} model={model} values={values} side={sideAwayFrom(chosen, view)} />
      ) : null}
    </section>
  )
}

/** The inspector must not hide the node that it is about. */
const sideAwayFrom = (node: GraphNode, { answer }: AuthorView): 'left' | 'right' => {
  const at = answer?.layout.positions.find((position) => position.id === node.id)
  return at && answer && at.x + nodeSize.width / 2 > answer.layout.width / 2 ? 'left' : 'right'
}

/** Keeps the whole graph in sight, also as it grows, until a person moves it; another model starts anew. */
function useFitWhile(
  frame: React.RefObject<HTMLElement | null>,
  showAll: () => void,
  model: string | null,
  /** What is drawn takes this much; null while there is nothing. */
  extent: string | null,
): void {
  const isUntouched = useRef(true)
  // biome-ignore lint/correctness/useExhaustiveDependencies: another model is another picture
  useEffect(() => {
    isUntouched.current = true
  }, [model])
  // biome-ignore lint/correctness/useExhaustiveDependencies: a first node, another model, or a layout of another size is looked at anew
  useEffect(() => {
    if (extent === null || !isUntouched.current) return
    const frameId = requestAnimationFrame(showAll)
    return () => cancelAnimationFrame(frameId)
  }, [model, extent, showAll])
  useEffect(() => {
    const element = frame.current
    if (!element) return
    const touch = (): void => {
      isUntouched.current = false
    }
    const touchPane = (event: PointerEvent): void => {
      if (event.target instanceof Element && event.target.classList.contains('react-flow__pane')) touch()
    }
    const sizes = new ResizeObserver(() => {
      if (isUntouched.current) showAll()
    })
    sizes.observe(element)
    element.addEventListener('wheel', touch, { passive: true })
    element.addEventListener('pointerdown', touchPane)
    return () => {
      sizes.disconnect()
      element.removeEventListener('wheel', touch)
      element.removeEventListener('pointerdown', touchPane)
    }
  }, [frame, showAll])
}

const ZoomBar = ({ onFit }: { readonly onFit: () => void }) => {
  const zoom = useStore((state) => state.transform[2])
  const { zoomIn, zoomOut, zoomTo } = useReactFlow()
  const ignore = (work: Promise<boolean>): void => {
    work.catch(() => {})
  }
  return (
    <div className="author-zoom" role="toolbar" aria-label="Zoom of the graph">
      <IconButton label="Zoom out" icon={<ZoomOut size={14} />} onPress={() => ignore(zoomOut())} />
      <Button kind="quiet" tooltip="Back to 100 %" onPress={() => ignore(zoomTo(1))}>
        {Math.round(zoom * 100)} %
      </Button>
      <IconButton label="Zoom in" icon={<ZoomIn size={14} />} onPress={() => ignore(zoomIn())} />
      <IconButton label="Fit the graph" icon={<Maximize size={14} />} onPress={onFit} />
    </div>
  )
}
