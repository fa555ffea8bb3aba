import DOMPurify from 'dompurify'
import { marked } from 'marked'

/**
 * Notebook HTML is somebody else's: it may show text, tables, lists and pictures of its own data, and nothing that
 * runs, submits, loads from elsewhere or reaches out of its box. DOMPurify's defaults let style sheets, forms,
 * overlays and remote pictures through.
 */
const rules = {
  RETURN_DOM_FRAGMENT: true,
  USE_PROFILES: { html: true },
  FORBID_TAGS: [
    'style',
    'form',
    'input',
    'button',
    'textarea',
    'select',
    'option',
    'link',
    'meta',
    'base',
    'iframe',
    'object',
    'embed',
    'dialog',
    'audio',
    'video',
    'picture',
    'source',
    'map',
    'area',
    'template',
    'slot',
  ],
  FORBID_ATTR: [
    'style',
    'id',
    'name',
    'class',
    'tabindex',
    'autofocus',
    'contenteditable',
    'popover',
    'srcset',
    'ping',
    'background',
    'part',
    'slot',
    'is',
    'role',
  ],
  ALLOW_DATA_ATTR: false,
  ALLOW_ARIA_ATTR: false,
} as const

const activeTags = 'script, iframe, object, embed, form'

const isActiveElement = (element: Element): boolean =>
  element.matches(activeTags) ||
  element.querySelector(activeTags) !== null ||
  [...element.attributes].some(({ name }) => name.startsWith('on'))

const isActive = (removed: { element?: Node; attribute?: Attr | null }): boolean =>
  removed.element instanceof Element
    ? isActiveElement(removed.element)
    : (removed.attribute?.name.startsWith('on') ?? false)

export interface SafeHtml {
  readonly content: DocumentFragment
  /** Something that would have run was left out. */
  readonly hadActiveContent: boolean
}

const dataPicture = /^data:image\/(?:png|jpeg|gif|webp|svg\+xml)[;,]/i

export const sanitiseHtml = (html: string): SafeHtml => {
  const { USE_PROFILES, FORBID_TAGS, FORBID_ATTR, ...rest } = rules
  const content = DOMPurify.sanitize(html, {
    ...rest,
    USE_PROFILES,
    FORBID_TAGS: [...FORBID_TAGS],
    FORBID_ATTR: [...FORBID_ATTR],
  })
  const hadActiveContent = DOMPurify.removed.some(isActive)
  for (const picture of content.querySelectorAll('img')) {
    const source = picture.getAttribute('src') ?? ''
    if (dataPicture.test(source)) continue
    const text = document.createElement('span')
    text.textContent = `[picture: ${picture.getAttribute('alt') || source || 'without a name'}]`
    picture.replaceWith(text)
  }
  // pandas leaves the corner of a table as an empty header, which screen readers announce as one.
  for (const header of content.querySelectorAll('th:empty')) header.replaceWith(document.createElement('td'))
  for (const link of content.querySelectorAll('a[href]')) {
    if (/^(?:https?:|mailto:)/i.test(link.getAttribute('href') ?? '')) {
      link.setAttribute('target', '_blank')
      link.setAttribute('rel', 'noopener noreferrer')
    } else if (!(link.getAttribute('href') ?? '').startsWith('#')) link.removeAttribute('href')
  }
  return { content, hadActiveContent }
}

/** Pictures that a Markdown cell carries within itself, as `attachment:<name>`. */
export type Attachments = Readonly<Record<string, string>>

export const renderMarkdown = (source: string, attachments: Attachments = {}): SafeHtml => {
  const html = marked.parse(source, {
    async: false,
    gfm: true,
    walkTokens: (token) => {
      if (token.type === 'image' && typeof token.href === 'string' && token.href.startsWith('attachment:'))
        token.href = attachments[decodeURIComponent(token.href.slice('attachment:'.length))] ?? ''
    },
  })
  return sanitiseHtml(html)
}
