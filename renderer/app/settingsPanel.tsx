import { Switch } from 'react-aria-components'
import { Select } from '../ui/select'
import { formatKeys } from './commands'
import { changeSettings, type Settings, useSettings } from './settings'
import { themeNames } from './theme'

const themeLabels = {
  system: 'Follow the system',
  light: 'Light',
  dark: 'Dark',
  contrast: 'High contrast',
} as const

interface ToggleProps {
  readonly label: string
  readonly detail: string
  readonly isOn: boolean
  readonly onChange: (next: boolean) => void
}

const Toggle = ({ label, detail, isOn, onChange }: ToggleProps) => (
  <div className="settings-row">
    <Switch isSelected={isOn} onChange={onChange} className="settings-switch">
      <span className="settings-knob" aria-hidden="true" />
      {label}
    </Switch>
    <p>{detail}</p>
  </div>
)

export const SettingsPanel = () => {
  const settings = useSettings()
  return (
    <div className="page">
      <h1 className="page-title">Settings</h1>
      <div className="settings-row">
        <Select
          label="Theme"
          options={themeNames.map((name) => ({ id: name, label: themeLabels[name] }))}
          value={settings.theme}
          onChange={(theme) => changeSettings({ theme })}
        />
        <p>High contrast follows the system’s light or dark.</p>
      </div>
      <div className="settings-row">
        <Select<Settings['autosave']>
          label="Autosave"
          options={[
            { id: 'afterDelay', label: 'After a pause' },
            { id: 'off', label: 'Off' },
          ]}
          value={settings.autosave}
          onChange={(autosave) => changeSettings({ autosave })}
        />
        <p>Unsaved text is kept aside in either case, and offered again after a crash.</p>
      </div>
      <Toggle
        label="Format programs when saving"
        detail="Only where its syntax is right; one undo brings back what you wrote."
        isOn={settings.isFormattedOnSave}
        onChange={(isFormattedOnSave) => changeSettings({ isFormattedOnSave })}
      />
      <Toggle
        label="Reduce motion"
        detail="No animation here, even where the system allows it."
        isOn={settings.isMotionReduced}
        onChange={(isMotionReduced) => changeSettings({ isMotionReduced })}
      />
      <Toggle
        label="Show types and parameter names in programs"
        detail="What a program does not write, in small print where it would stand."
        isOn={settings.areHintsShown}
        onChange={(areHintsShown) => changeSettings({ areHintsShown })}
      />
      <Toggle
        label="Show the welcome page in a new workspace"
        detail="It is always there under Help."
        isOn={settings.isWelcomeShown}
        onChange={(isWelcomeShown) => changeSettings({ isWelcomeShown })}
      />
      <p className="page-note">
        Zoom with <kbd className="ui-kbd">{formatKeys('Mod+=')}</kbd> and{' '}
        <kbd className="ui-kbd">{formatKeys('Mod+-')}</kbd>, up to 400 %. Settings are kept in{' '}
        <code>settings.json</code> of the studio’s own folder.
      </p>
    </div>
  )
}
