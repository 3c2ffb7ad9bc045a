/**
 * How numbers, times and keys are written for people. Knows nothing of what they mean.
 */

/** `850 ms`, `3.2 s`, `4 min 12 s`, `1 h 3 min`; rounded before it is split, so that no minute has sixty seconds. */
export const duration = (milliseconds: number): string => {
  const whole = Math.round(milliseconds)
  if (whole < 1000) return `${whole} ms`
  const tenths = Math.round(milliseconds / 100)
  if (tenths < 600) return `${(tenths / 10).toFixed(1)} s`
  const seconds = Math.round(milliseconds / 1000)
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${seconds % 60} s`
  const minutes = Math.round(milliseconds / 60_000)
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`
}

/** Three or four significant digits; `?` for what is no number, since stages may report anything. */
export const number = (value: unknown): string => {
  if (typeof value !== "number") return "?"
  if (!Number.isFinite(value)) return String(value)
  const size = Math.abs(value)
  if (Number.isInteger(value) && size < 1e6) return String(value)
  return size >= 1e-3 && size < 1e5 ? value.toPrecision(4) : value.toExponential(2)
}

const UNITS = ["B", "kB", "MB", "GB", "TB"]

/** `512 B`, `2.0 kB`, `3.1 GB` */
export const bytes = (size: number): string => {
  const scaled = UNITS.map((_, power) => (size / 1024 ** power).toFixed(power === 0 ? 0 : 1))
  const fits = scaled.findIndex((text) => Number(text) < 1024)
  const power = fits === -1 ? UNITS.length - 1 : fits
  return `${scaled[power]} ${UNITS[power]}`
}

/** The text in at most so many columns: what is in the middle gives way, since addresses differ at both ends. */
export const shorten = (text: string, width: number): string => {
  if (text.length <= width) return text
  const kept = Math.max(0, width - 1)
  return `${text.slice(0, Math.ceil(kept / 2))}…${text.slice(text.length - Math.floor(kept / 2))}`
}

/** The text in at most so many columns: its end gives way. */
export const clip = (text: string, width: number): string =>
  text.length <= width ? text : `${text.slice(0, Math.max(0, width - 1))}…`

export const shortKey = (key: string): string => key.slice(0, 12)

export const count = (amount: number, noun: string): string =>
  `${amount.toLocaleString("en-US")} ${noun}${amount === 1 ? "" : "s"}`

/** Columns as wide as their widest cell; the last is not padded. */
export const columns = (rows: ReadonlyArray<ReadonlyArray<string>>): string => {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)))
  return rows
    .map((row) =>
      row
        .map((cell, column) => (column === row.length - 1 ? cell : cell.padEnd(widths[column]!)))
        .join("  ")
        .trimEnd()
    )
    .join("\n")
}
