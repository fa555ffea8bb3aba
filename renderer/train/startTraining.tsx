import { ChevronDown } from 'lucide-react'
import { useEffect } from 'react'
import { attempt } from '../app/notices'
import { useWorkspace } from '../app/workspace'
import { Button, IconButton } from '../ui/button'
import { Menu } from '../ui/menu'
import { readModels, startTraining, useTrain } from './store'

/** Trains the first model of the folder, or another one of the menu beside it. */
export const StartTraining = ({ kind = 'plain' }: { readonly kind?: 'primary' | 'plain' }) => {
  const models = useTrain((state) => state.models)
  const entries = useWorkspace((state) => state.entries)
  // biome-ignore lint/correctness/useExhaustiveDependencies: models may come and go with the files
  useEffect(() => {
    readModels().catch(() => {})
  }, [entries])
  const [first] = models
  if (!first) return null
  const nameOf = ({ path, model }: { path: string; model: string }) =>
    models.some((other) => other.model === model && other.path !== path) ? `${model} of ${path}` : model
  return (
    <span className="train-start">
      <Button
        kind={kind}
        isDisabled={first.hasErrors}
        tooltip={first.hasErrors ? `${first.path} has errors: see Problems` : undefined}
        onPress={() => attempt(() => startTraining(first.path, first.model))}
      >
        Train {nameOf(first)}
      </Button>
      {models.length > 1 ? (
        <Menu
          label="Train another model"
          entries={models.slice(1).map((one) => ({
            id: `${one.path}#${one.model}`,
            label: `Train ${nameOf(one)}`,
            isDisabled: one.hasErrors,
            run: () => attempt(() => startTraining(one.path, one.model)),
          }))}
        >
          <IconButton label="Train another model" icon={<ChevronDown size={14} aria-hidden />} />
        </Menu>
      ) : null}
    </span>
  )
}
