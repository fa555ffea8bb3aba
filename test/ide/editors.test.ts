import { describe, expect, it } from 'vitest'
import { vimSyntax } from '../../resources/ide/generate/vim'

describe('the files of other editors', () => {
  it('colour in Neovim by the language’s tables', async () => {
    await expect(vimSyntax()).toMatchFileSnapshot('../../resources/ide/neovim/syntax/proml.vim')
  })
})
