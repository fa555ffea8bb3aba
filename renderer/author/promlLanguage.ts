import { valueTypes } from '@shared/data/profile'
import { words } from '@shared/language/words'
import { monaco } from '../ui/monaco'

export const languageId = 'proml'

const keywords = words.map(({ word }) => word)

monaco.languages.register({ id: languageId, extensions: ['.proml'], aliases: ['Pro-ML'] })
monaco.languages.setLanguageConfiguration(languageId, {
  comments: { lineComment: '//', blockComment: ['/*', '*/'] },
  brackets: [
    ['{', '}'],
    ['[', ']'],
    ['(', ')'],
  ],
  autoClosingPairs: [
    { open: '{', close: '}' },
    { open: '[', close: ']' },
    { open: '(', close: ')' },
    { open: '"', close: '"', notIn: ['string', 'comment'] },
    { open: '`', close: '`', notIn: ['string', 'comment'] },
  ],
  wordPattern: /[\p{L}_][\p{L}\p{N}_]*/u,
  onEnterRules: [
    { beforeText: /^\s*\/\/\/.*$/, action: { indentAction: monaco.languages.IndentAction.None, appendText: '/// ' } },
  ],
})
monaco.languages.setMonarchTokensProvider(languageId, {
  unicode: true,
  keywords,
  types: valueTypes.filter((type) => type !== 'unknown'),
  tokenizer: {
    root: [
      [/\/\/.*$/, 'comment'],
      [/\/\*/, 'comment', '@comment'],
      [/"(?:[^"\\\n]|\\.)*"?/, 'string'],
      [/`[^`\n]*`?/, 'identifier'],
      [/\d+(?:\.\d+)?(?:[eE][+-]?\d+)?(?:[a-zA-Z]+)?/, 'number'],
      // A type stands after a colon; the same word elsewhere (`time date`) is a word or a column.
      [
        /(:\s*)([\p{L}_][\p{L}\p{N}_]*)(?=\s*(?:of\b|=|,|\)|$))/u,
        ['delimiter', { cases: { '@types': 'type', '@default': 'identifier' } }],
      ],
      [/[\p{L}_][\p{L}\p{N}_]*(?=\s*\()/u, { cases: { '@keywords': 'keyword', '@default': 'function' } }],
      [/[\p{L}_][\p{L}\p{N}_]*(?=\s*:)/u, 'identifier'],
      [/[\p{L}_][\p{L}\p{N}_]*/u, { cases: { '@keywords': 'keyword', '@default': 'identifier' } }],
      [/[=<>!+\-*/%]+/, 'operator'],
      [/[{}()[\],.:]/, 'delimiter'],
    ],
    comment: [
      [/[^*]+/, 'comment'],
      [/\*\//, 'comment', '@pop'],
      [/\*/, 'comment'],
    ],
  },
})
