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

/** `1.20` → `1.2`, `100` → `100` */
const trimZeros = (digits: string): string => (digits.includes(".") ? digits.replace(/\.?0+$/, "") : digits)

/** Rounded to `digits` significant digits, trailing zeros kept: for columns whose digits stand below each other. */
export const formatSignificant = (value: number | null, digits = 3): string => {
  if (value === null || !Number.isFinite(value)) return missing
  if (value === 0) return "0"
  const [mantissa, exponent] = Math.abs(value)
    .toExponential(digits - 1)
    .split("e") as [string, string]
  const power = Number(exponent)
  const sign = value < 0 ? "−" : ""
  if (power < -3 || power >= 6) return `${sign}${mantissa}×${powerOfTen(power)}`
  // Digits before the point are all shown: 9 413, not 9 410.
  if (power >= digits - 1) return formatInteger(value)
  return `${sign}${Number(`${mantissa}e${exponent}`).toFixed(digits - 1 - power)}`
}

/** As a reader would write it: `0.01234` → `0.0123`, `1.50` → `1.5`, `0.000012` → `1.2×10⁻⁵`, `null` → `–`. */
export const formatNumber = (value: number | null, digits = 3): string => {
  const [mantissa, power] = formatSignificant(value, digits).split("×") as [string, string?]
  return power === undefined ? trimZeros(mantissa) : `${trimZeros(mantissa)}×${power}`
}

/** `1` → `1.00`: a fixed number of decimals, for columns whose values are compared. What rounds to zero has no sign. */
export const formatFixed = (value: number | null, decimals = 2): string => {
  if (value === null || !Number.isFinite(value)) return missing
  const text = value.toFixed(decimals)
  return Number(text) === 0 ? text.replace("-", "") : text.replace("-", "−")
}

const powerOf = (value: number): number => Number(value.toExponential().split("e")[1])

/** With an error, at most so many digits are shown; with `≈` where more are known. */
const MOST_DIGITS = 6

/**
 * A value to the digit that its error begins with: `−0.31 ± 0.02`. Where that is more digits than are shown, the rounding is
 * coarser than the error, and it is said: `≈ −2.78760×10⁻⁵ ± 1×10⁻¹⁵`. A value within its error of 0 may be shown as 0.
 */
export const formatWithError = (value: number | null, error: number | null): string => {
  if (value === null || !Number.isFinite(value) || error === null || !Number.isFinite(error))
    return formatSignificant(value)
  const bound = formatSignificant(Number(error.toPrecision(1)), 1)
  if (value === 0) return `0 ± ${bound}`
  const errorPlace = error === 0 ? Number.NEGATIVE_INFINITY : powerOf(Number(error.toExponential(0)))
  const place = Math.max(errorPlace, powerOf(value) - (MOST_DIGITS - 1)) // of the last digit that is shown
  const digits = powerOf(value) - place + 1
  const rounded = digits < 1 ? Math.round(value / 10 ** place) * 10 ** place : Number(value.toPrecision(digits))
  const shown =
    rounded === 0
      ? "0"
      : powerOf(rounded) < -3 || powerOf(rounded) >= 6
        ? formatSignificant(rounded, powerOf(rounded) - place + 1)
        : formatFixed(rounded, Math.max(0, -place)).replace(
            /^(−?)(\d+)/,
            (_, sign, whole) => `${sign}${formatInteger(Number(whole))}`
          )
  return `${rounded !== value && place > errorPlace ? "≈ " : ""}${shown} ± ${bound}`
}

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
