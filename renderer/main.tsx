import { createRoot } from 'react-dom/client'
import 'dockview-react/dist/styles/dockview.css'
import './app/tokens.css'
import './app/base.css'
import './ui/ui.css'
import './app/shell.css'
import { connect } from './app/connection'
import { Shell } from './app/shell'
import { applyTheme } from './app/theme'

applyTheme()
connect()

const root = document.getElementById('root')
if (root) createRoot(root).render(<Shell />)
