import type { Engine } from '@shared/rpc/runtime'
import { engineNames, engineOrder } from './engines'
import { setEngine, useRun } from './store'

/** Which engine answers; one that is not there says why. */
export const EnginePicker = () => {
  const engine = useRun((state) => state.engine)
  const obstacles = useRun((state) => state.obstacles)
  const reasonOf = (one: Engine): string | null => {
    const obstacle = obstacles[one]
    return obstacle === undefined ? 'Looking for it…' : obstacle
  }
  const missing = engineOrder.filter((one) => reasonOf(one) !== null)
  return (
    <fieldset className="run-engines">
      <legend className="run-label">Engine</legend>
      <div className="run-engine-row">
        {engineOrder.map((one) => (
          <label key={one} className="run-engine" data-selected={one === engine || undefined}>
            <input
              type="radio"
              name="run-engine"
              value={one}
              checked={one === engine}
              disabled={reasonOf(one) !== null}
              onChange={() => setEngine(one)}
            />
            {engineNames[one]}
          </label>
        ))}
      </div>
      {missing.map((one) => (
        <p key={one} className="run-note">
          {engineNames[one]}: {reasonOf(one)}
        </p>
      ))}
    </fieldset>
  )
}
