const grouped = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 })

/** 1,234,567. */
export const formatCount = (value: number): string => grouped.format(value).replace('-', '−')

/** A measured number with about four significant digits: 8.1, 0.712, 1,295, 1.2e−7. */
export const formatNumber = (value: number, digits = 4): string => {
  if (Number.isNaN(value)) return 'NaN'
  if (!Number.isFinite(value)) return value > 0 ? '∞' : '−∞'
  if (value === 0) return '0'
  const size = Math.abs(value)
  if (size >= 1e15 || size < 1e-4) return value.toExponential(Math.max(0, digits - 2)).replaceAll('-', '−')
  const decimals = size >= 1 ? Math.max(0, digits - 1 - Math.floor(Math.log10(size))) : digits
  return value.toLocaleString('en-US', { maximumFractionDigits: Math.min(20, decimals) }).replace('-', '−')
}

/** A fraction as `1.8 %`; below ten percent always with one decimal, so that shares stand under each other. */
export const formatPercent = (fraction: number): string => {
  const percent = fraction * 100
  if (percent !== 0 && Math.abs(percent) < 0.1) return '< 0.1 %'
  const digits = percent !== 0 && Math.abs(percent) < 9.95 ? 1 : 0
  const text = percent.toLocaleString('en-US', { minimumFractionDigits: digits, maximumFractionDigits: digits })
  return `${text.replace('-', '−')} %`
}

/** 200 k, 3.4 M: for places too narrow for all digits. */
export const formatShort = (value: number): string => {
  const size = Math.abs(value)
  const [unit, factor] = size >= 1e9 ? [' G', 1e9] : size >= 1e6 ? [' M', 1e6] : size >= 1e3 ? [' k', 1e3] : ['', 1]
  const scaled = value / Number(factor)
  return `${formatNumber(scaled, Math.abs(scaled) >= 100 ? 3 : 2)}${unit}`
}

/** 3.9 MB, in powers of ten as file managers do. */
export const formatBytes = (bytes: number): string => {
  if (bytes < 1000) return `${bytes} B`
  const units = ['kB', 'MB', 'GB', 'TB']
  const power = Math.min(units.length, Math.floor(Math.log10(bytes) / 3))
  return `${formatNumber(bytes / 1000 ** power, 2 + (bytes / 1000 ** power >= 10 ? 1 : 0))} ${units[power - 1]}`
}

/** 140 ms, 2.4 s, 1 min 10 s. */
export const formatDuration = (ms: number): string => {
  if (ms < 1000) return `${Math.round(ms)} ms`
  const seconds = ms / 1000
  if (seconds < 9.95) return `${seconds.toFixed(1)} s`
  if (seconds < 59.5) return `${Math.round(seconds)} s`
  const whole = Math.round(seconds)
  const minutes = Math.floor(whole / 60)
  if (minutes < 60) return `${minutes} min ${whole % 60} s`
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`
}

/** 2001-01-01 06:00, with seconds only where there are any. UTC, as the data is. */
export const formatTime = (ms: number): string => {
  const date = new Date(ms)
  if (Number.isNaN(date.getTime())) return 'invalid time'
  const text = date.toISOString()
  const fraction = text.slice(19, 23)
  const seconds = text.slice(16, 19)
  return `${text.slice(0, 10)} ${text.slice(11, 16)}${fraction !== '.000' ? seconds + fraction : seconds === ':00' ? '' : seconds}`
}

/** `3 min ago`, for times in the past. */
export const formatAgo = (at: number, now = Date.now()): string => {
  const seconds = Math.max(0, (now - at) / 1000)
  if (seconds < 45) return 'just now'
  if (seconds < 3600) return `${Math.round(seconds / 60)} min ago`
  if (seconds < 86_400) return `${Math.round(seconds / 3600)} h ago`
  return `${Math.round(seconds / 86_400)} d ago`
}
