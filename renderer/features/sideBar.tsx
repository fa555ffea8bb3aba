import { Check } from 'lucide-react'
import { useEffect, useMemo } from 'react'
import { Checkbox } from 'react-aria-components'
import { openPanel } from '../app/navigation'
import { Button } from '../ui/button'
import { formatCount } from '../ui/format'
import { facetNames, facetTitles, searchFeatures, toggled } from './search'
import { followFeatures, useFeatures } from './store'

/** Facets with counts; choosing one narrows the results of the search panel. */
export const FeaturesSideBar = () => {
  const { features, query, chosen } = useFeatures()
  useEffect(followFeatures, [])
  const { facets } = useMemo(() => searchFeatures(features ?? [], query, chosen), [features, query, chosen])
  const isNarrowed = Object.values(chosen).some((values) => values.length > 0)
  const choose = (next: typeof chosen): void => {
    useFeatures.setState({ chosen: next })
    openPanel('features', {})
  }
  return (
    <>
      <div className="side-head">
        <h2 className="side-title">Narrow</h2>
        {isNarrowed ? (
          <Button kind="quiet" onPress={() => choose({})}>
            Clear
          </Button>
        ) : null}
      </div>
      {facetNames.map((facet) =>
        facets[facet].length === 0 ? null : (
          <fieldset key={facet} className="features-facet">
            <legend className="side-title">{facetTitles[facet]}</legend>
            {facets[facet].map(({ value, count, isChosen }) => (
              <Checkbox
                key={value}
                className="features-facet-value"
                isSelected={isChosen}
                onChange={() => choose(toggled(chosen, facet, value))}
              >
                <span className="features-box" aria-hidden="true">
                  {isChosen ? <Check size={11} /> : null}
                </span>
                <span className="features-facet-name" title={value}>
                  {value}
                </span>
                <span className="features-facet-count">{formatCount(count)}</span>
              </Checkbox>
            ))}
          </fieldset>
        ),
      )}
    </>
  )
}
