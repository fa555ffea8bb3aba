import { keysOf, runCommand } from './commands'

const hints = [
  ['palette.open', 'Go to a file, feature or run'],
  ['palette.commands', 'Show all commands'],
  ['help.welcome', 'The six stages, step by step'],
  ['help.shortcuts', 'Keyboard shortcuts'],
] as const

/** What the middle shows while nothing is open. */
export const Watermark = () => (
  <div className="shell-watermark">
    <p className="shell-watermark-title">Nothing is open</p>
    <ul>
      {hints.map(([id, text]) => (
        <li key={id}>
          <button type="button" onClick={() => runCommand(id)}>
            {text}
            <kbd className="ui-kbd">{keysOf(id) ?? ''}</kbd>
          </button>
        </li>
      ))}
    </ul>
  </div>
)
