import { createSettings } from '../../electron/services/workspace/settings'

/** A studio that changes settings as fast as it can, and says which change is kept, until it is killed. */
const [, , home = '', writer = '0'] = process.argv
const settings = createSettings(home, { info: () => {}, warn: (message) => console.error(message), error: () => {} })
for (let change = 1; ; change += 1) {
  await settings.save({ [`${writer}-${change}`]: change })
  console.log(`kept ${writer}-${change}`)
  await settings.trustFolder(`/${writer}/${change}`)
  console.log(`trusted /${writer}/${change}`)
}
