// `npm run vsix [-- <file>]`: the VS Code extension in one file, out/ide/proml.vsix. Why not with vsce: docs/decisions/0010-vsix.md.
import { createWriteStream, mkdirSync, readdirSync, readFileSync, renameSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { build } from 'vite'
import yazl from 'yazl'

const folder = import.meta.dirname
const root = join(folder, '../../..')
const defaultTarget = join(root, 'out/ide/proml.vsix')
const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))

/** The client with all that it needs but VS Code itself, as one CommonJS file, and the files that went into it. */
const bundle = async () => {
  const { output } = await build({
    configFile: false,
    root: folder,
    logLevel: 'warn',
    ssr: { target: 'node', noExternal: true, external: ['vscode'] },
    build: {
      ssr: join(folder, 'src/extension.ts'),
      write: false,
      minify: true,
      target: 'node20',
      rolldownOptions: { external: ['vscode'], output: { format: 'cjs', entryFileNames: 'extension.js' } },
    },
  })
  if (output.length !== 1) throw new Error(`The extension is in ${output.length} files; it must be in one.`)
  return { code: output[0].code, modules: output[0].moduleIds }
}

/** What the licences of the bundled packages ask for. */
const noticesOf = (modules) => {
  const packages = new Set(modules.flatMap((path) => path.match(/^.*node_modules\/(?:@[^/]+\/)?[^/]+/)?.[0] ?? []))
  return [...packages]
    .sort()
    .map((path) => {
      const { name, version, license } = JSON.parse(readFileSync(join(path, 'package.json'), 'utf8'))
      const file = readdirSync(path).find((entry) => /^licen[cs]e/i.test(entry))
      if (!file) throw new Error(`${name} has no licence file.`)
      return `${name} ${version} (${license})\n\n${readFileSync(join(path, file), 'utf8').trim()}\n`
    })
    .join('\n---\n\n')
}

const escaped = (text) => text.replace(/[<>&"']/g, (sign) => `&#${sign.charCodeAt(0)};`)

const properties = {
  'Microsoft.VisualStudio.Code.Engine': manifest.engines.vscode,
  'Microsoft.VisualStudio.Code.ExtensionDependencies': '',
  'Microsoft.VisualStudio.Code.ExtensionPack': '',
  'Microsoft.VisualStudio.Code.ExtensionKind': manifest.extensionKind.join(),
  'Microsoft.VisualStudio.Code.ExecutesCode': 'true',
  'Microsoft.VisualStudio.Services.GitHubFlavoredMarkdown': 'true',
}

const assets = {
  'Microsoft.VisualStudio.Code.Manifest': 'extension/package.json',
  'Microsoft.VisualStudio.Services.Content.Details': 'extension/README.md',
  'Microsoft.VisualStudio.Services.Content.License': 'extension/LICENSE.txt',
}

/** With `__ext_proml` among its tags the extension is what VS Code offers to someone who opens a `.proml` file. */
const vsixManifest = () => `<?xml version="1.0" encoding="utf-8"?>
<PackageManifest Version="2.0.0" xmlns="http://schemas.microsoft.com/developer/vsx-schema/2011">
  <Metadata>
    <Identity Language="en-US" Id="${escaped(manifest.name)}" Version="${escaped(manifest.version)}" Publisher="${escaped(manifest.publisher)}"/>
    <DisplayName>${escaped(manifest.displayName)}</DisplayName>
    <Description xml:space="preserve">${escaped(manifest.description)}</Description>
    <Tags>${escaped([...manifest.keywords, '__ext_proml'].join())}</Tags>
    <Categories>${escaped(manifest.categories.join())}</Categories>
    <GalleryFlags>Public</GalleryFlags>
    <Properties>
${Object.entries(properties)
  .map(([id, value]) => `      <Property Id="${id}" Value="${escaped(value)}"/>`)
  .join('\n')}
    </Properties>
    <License>extension/LICENSE.txt</License>
  </Metadata>
  <Installation>
    <InstallationTarget Id="Microsoft.VisualStudio.Code"/>
  </Installation>
  <Dependencies/>
  <Assets>
${Object.entries(assets)
  .map(([type, path]) => `    <Asset Type="${type}" Path="${path}" Addressable="true"/>`)
  .join('\n')}
  </Assets>
</PackageManifest>
`

const contentTypes = {
  js: 'application/javascript',
  json: 'application/json',
  md: 'text/markdown',
  txt: 'text/plain',
  vsixmanifest: 'text/xml',
}

const contentTypesXml = () => `<?xml version="1.0" encoding="utf-8"?>
<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">
${Object.entries(contentTypes)
  .map(([ending, type]) => `  <Default Extension=".${ending}" ContentType="${type}"/>`)
  .join('\n')}
</Types>
`

/** Writes the package. The same sources give the same bytes. */
export const packageExtension = async (target = defaultTarget) => {
  const { code, modules } = await bundle()
  const files = {
    'extension.vsixmanifest': vsixManifest(),
    '[Content_Types].xml': contentTypesXml(),
    'extension/package.json': readFileSync(join(folder, 'package.json')),
    'extension/extension.js': code,
    'extension/language-configuration.json': readFileSync(join(folder, 'language-configuration.json')),
    'extension/proml.tmLanguage.json': readFileSync(join(folder, '../proml.tmLanguage.json')),
    'extension/README.md': readFileSync(join(folder, 'README.md')),
    'extension/LICENSE.txt': readFileSync(join(root, 'LICENSE')),
    'extension/ThirdPartyNotices.txt': noticesOf(modules),
  }
  const zip = new yazl.ZipFile()
  const options = { mtime: new Date('2026-01-01T00:00:00Z'), mode: 0o100644 }
  for (const [name, content] of Object.entries(files)) zip.addBuffer(Buffer.from(content), name, options)
  zip.end()
  mkdirSync(dirname(target), { recursive: true })
  await pipeline(zip.outputStream, createWriteStream(`${target}.part`))
  renameSync(`${target}.part`, target)
}

if (import.meta.filename === resolve(process.argv[1] ?? '')) {
  const target = resolve(process.argv[2] ?? defaultTarget)
  await packageExtension(target)
  process.stdout.write(`${target}\n`)
}
