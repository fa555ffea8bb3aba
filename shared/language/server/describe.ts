import type { Named } from '../../graph/names'
import { type Operator, signatureOf } from '../operators/operator'
import { type Reader, readerSignature } from '../operators/readers'
import type { Analysis } from './analysis'

/** Markdown. */
export const operatorMarkdown = (operator: Operator): string =>
  [
    `\`\`\`proml\n${signatureOf(operator)}\n\`\`\``,
    operator.documentation,
    [...operator.inputs, ...operator.parameters]
      .filter((parameter) => parameter.documentation)
      .map((parameter) => `- \`${parameter.name}\`: ${parameter.documentation}`)
      .join('\n'),
    operator.example ? `\`\`\`proml\n${operator.example}\n\`\`\`` : '',
  ]
    .filter(Boolean)
    .join('\n\n')

/** Markdown. */
export const readerMarkdown = (reader: Reader): string =>
  [
    `\`\`\`proml\n${readerSignature(reader)}\n\`\`\``,
    reader.isRead
      ? reader.documentation
      : `${reader.documentation} Checked by its \`schema\`; this version does not read it.`,
    reader.arguments.map(({ name, documentation }) => `- \`${name}\`: ${documentation}`).join('\n'),
    `\`\`\`proml\n${reader.example}\n\`\`\``,
  ].join('\n\n')

export const documentationOf = (analysis: Analysis, named: Named): string =>
  analysis.document.declarations.find((one) => `${one.kind}:${one.name.text}` === named.id)?.documentation ?? ''
