/**
 * Numbers as a reader wants them: three digits, thin spaces, powers of ten. Only for eyes; tables that machines read
 * keep every digit (`csv.ts`, `arrow.ts`).
 */

const superscripts: Readonly<Record<string, string>> = {
  "-": "⁻",
  "0": "⁰",
  "1": "¹",
  "2": "²",
  "3": "³",
  "4": "⁴",
  "5": "⁵",
  "6": "⁶",
  "7": "⁷",
  "8": "⁸",
  "9": "⁹"
}

/** What stands where nothing was measured. */
export const missing = "–"

/** `-4` → `10⁻⁴` */
export const powerOfTen = (exponent: number): string =>
  `10${[...String(exponent)].map((character) => superscripts[character] ?? character).join("")}`

/** `1234567` → `1 234 567`, with narrow no-break spaces. */
export const formatInteger = (value: number): string =>
  String(Math.round(value))
    .replace(/\B(?=(\d{3})+$)/g, "\u202f")
    .replace("-", "−")

const trimZeros = (digits: string): string => (digits.includes(".") ? digits.replace(/\.?0+$/, "") : digits)

/** Rounded to `digits` significant digits: `0.01234` → `0.0123`, `0.000012` → `1.2×10⁻⁵`, `null` → `–`. */
export const formatNumber = (value: number | null, digits = 3): string => {
  if (value === null || !Number.isFinite(value)) return missing
  if (value === 0) return "0"
  const magnitude = Math.abs(value)
  const sign = value < 0 ? "−" : ""
  if (magnitude >= 10 ** digits && magnitude < 1e6) return formatInteger(value)
  const [mantissa, exponent] = magnitude.toExponential(digits - 1).split("e") as [string, string]
  if (magnitude < 1e-3 || magnitude >= 1e6) return `${sign}${trimZeros(mantissa)}×${powerOfTen(Number(exponent))}`
  return `${sign}${trimZeros(Number(magnitude.toPrecision(digits)).toFixed(Math.max(0, digits - 1 - Number(exponent))))}`
}

/** `1` → `1.00`: a fixed number of decimals, for columns whose values are compared. */
export const formatFixed = (value: number | null, decimals = 2): string =>
  value === null || !Number.isFinite(value) ? missing : value.toFixed(decimals).replace("-", "−")

/** `0.9512` → `95.1 %` */
export const formatPercent = (fraction: number | null, decimals = 1): string =>
  fraction === null || !Number.isFinite(fraction) ? missing : `${formatFixed(100 * fraction, decimals)}\u202f%`

/** The first digits of a key, enough to find it. */
export const shortKey = (key: string): string => key.slice(0, 12)

/** Text as it stands between tags or in a quoted attribute. */
export const escapeHtml = (text: string): string =>
  text
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;")
    .replaceAll("'", "&#39;")
