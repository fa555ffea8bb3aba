import { setStatus } from './status'
import { onEvent, studio, useConnection } from './studio'

const showEngine = (state: string): void => setStatus({ id: 'engine', side: 'end', text: `DuckDB ${state}` })

const hasWebGpu = async (): Promise<boolean> => {
  if (!('gpu' in navigator)) return false
  // Typed by hand: the DOM library of this compiler has no WebGPU yet.
  const gpu: unknown = navigator.gpu
  if (typeof gpu !== 'object' || gpu === null || !('requestAdapter' in gpu) || typeof gpu.requestAdapter !== 'function')
    return false
  return Boolean(await gpu.requestAdapter())
}

/** Threads a model gets in the window: shared memory needs an isolated page. */
const wasmThreads = (): number =>
  crossOriginIsolated ? Math.max(1, Math.min(4, (navigator.hardwareConcurrency || 2) - 1)) : 1

/** The engine and the devices that models can run on, in the status bar. */
export const followMachine = (): (() => void) => {
  const readEngine = (): void => {
    studio.data.engine({}).then(
      (engine) => showEngine(engine.state),
      () => {},
    )
  }
  const stops = [
    onEvent('data', 'engineChanged', ({ state }) => showEngine(state)),
    useConnection.subscribe(({ opened }, before) => {
      if (opened !== before.opened) readEngine()
    }),
  ]
  readEngine()
  hasWebGpu()
    .catch(() => false)
    .then((isThere) => {
      const devices = [...(isThere ? ['WebGPU'] : []), `WASM ×${wasmThreads()}`, 'native']
      setStatus({
        id: 'devices',
        side: 'end',
        text: devices.join(' · '),
        tooltip: 'Where models can run on this machine',
      })
    })
    .catch(() => {})
  return () => {
    for (const stop of stops) stop()
  }
}
