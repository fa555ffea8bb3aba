/**
 * Rows on a scroll bar. Browsers cap an element’s height (Chromium at about 33 million pixels, ten million rows need
 * 260), so beyond `maximumHeight` the bar is scaled: `top` is where the content is, `scrollTop` where the bar is.
 */
export interface ScrollScale {
  readonly contentHeight: number
  readonly barHeight: number
  /** Content pixels a bar pixel; 1 while nothing is scaled. */
  toTop(scrollTop: number): number
  toScrollTop(top: number): number
  clamp(top: number): number
}

const maximumHeight = 16_000_000

export const scrollScale = (rows: number, rowHeight: number, viewport: number): ScrollScale => {
  const contentHeight = rows * rowHeight
  const barHeight = Math.min(contentHeight, maximumHeight)
  const contentRange = Math.max(0, contentHeight - viewport)
  const barRange = Math.max(1, barHeight - viewport)
  const factor = barHeight === contentHeight ? 1 : contentRange / barRange
  return {
    contentHeight,
    barHeight,
    toTop: (scrollTop) => Math.min(contentRange, scrollTop * factor),
    toScrollTop: (top) => top / factor,
    clamp: (top) => Math.min(contentRange, Math.max(0, top)),
  }
}

export const visibleRange = (
  top: number,
  viewport: number,
  rowHeight: number,
  rows: number,
  overscan: number,
): { readonly first: number; readonly last: number } => ({
  first: Math.max(0, Math.floor(top / rowHeight) - overscan),
  last: Math.min(rows - 1, Math.ceil((top + viewport) / rowHeight) + overscan),
})
