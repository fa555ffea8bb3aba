// For electron-builder: the application ships the extension, so that is made first.
import { packageExtension } from './package.mjs'

export default () => packageExtension()
