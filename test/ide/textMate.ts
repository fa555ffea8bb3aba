import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import oniguruma from 'vscode-oniguruma'
import textmate from 'vscode-textmate'

/** Scopes by the offset of each character, as an editor with this grammar would give them. */
export type Scopes = (offset: number) => string

/** VS Code’s own engine with our grammar. */
export async function startTextMate(content: string) {
  const wasm = createRequire(import.meta.url).resolve('vscode-oniguruma/release/onig.wasm')
  const problems: string[] = []
  await oniguruma.loadWASM(readFileSync(wasm))
  const registry = new textmate.Registry({
    onigLib: Promise.resolve({
      createOnigScanner: (patterns) => {
        // A pattern that Oniguruma cannot read is passed over in silence; here it is a failure.
        for (const pattern of patterns) {
          try {
            new oniguruma.OnigScanner([pattern]).dispose()
          } catch (error) {
            problems.push(`${pattern}: ${String(error)}`)
          }
        }
        return new oniguruma.OnigScanner(patterns)
      },
      createOnigString: (text) => new oniguruma.OnigString(text),
    }),
    loadGrammar: async () => textmate.parseRawGrammar(content, 'proml.tmLanguage.json'),
  })
  const grammar = await registry.loadGrammar('source.proml')
  if (!grammar) throw new Error('this is no grammar')
  const scopesOf = (text: string): Scopes => {
    const scopes: string[] = []
    let stack = textmate.INITIAL
    for (const line of text.split('\n')) {
      const result = grammar.tokenizeLine(line, stack)
      stack = result.ruleStack
      for (const token of result.tokens)
        for (let at = token.startIndex; at < Math.min(token.endIndex, line.length); at++)
          scopes.push(token.scopes.join(' '))
      scopes.push('')
    }
    return (offset) => scopes[offset] ?? ''
  }
  return { scopesOf, problems }
}
