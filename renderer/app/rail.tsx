import { activityOf, chooseActivity } from './activities'
import { activityIds } from './contributions'
import { toggleSideBar, useNavigation } from './navigation'

/** The seven activities, in Pro-ML’s order. Pressing the chosen one folds its side bar. */
export const Rail = () => {
  const { activity, isSideBarOpen } = useNavigation()
  return (
    <nav className="rail" aria-label="Activities">
      {activityIds.map((id) => {
        const contribution = activityOf(id)?.activity
        if (!contribution) return null
        const Icon = contribution.icon
        const isChosen = id === activity
        return (
          <button
            key={id}
            type="button"
            className="rail-item"
            aria-current={isChosen ? 'page' : undefined}
            aria-expanded={isChosen ? isSideBarOpen : undefined}
            onClick={() => (isChosen ? toggleSideBar() : chooseActivity(id))}
          >
            <Icon size={18} />
            {contribution.label}
          </button>
        )
      })}
    </nav>
  )
}
