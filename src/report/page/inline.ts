/**
 * Texts made fit to stand inside an HTML page: scripts, data, drawings, symbols with subscripts. Knows HTML's rules, not
 * what the page says.
 */
import { createHash } from "node:crypto"
import { escapeHtml } from "../format.ts"

/** A script as it may stand between script tags: neither the closing tag nor a comment's opening appears in it. */
export const safeScript = (code: string): string =>
  code.replaceAll(/<\/(?=script)/gi, "<\\/").replaceAll("<!--", "<\\!--")

/** JSON as it may stand between script tags. */
export const safeJson = (value: unknown): string => JSON.stringify(value).replaceAll("<", "\\u003c")

/** What a content security policy calls an inline script: the digest of its text. */
export const scriptDigest = (code: string): string => `'sha256-${createHash("sha256").update(code).digest("base64")}'`

/** A drawing that may stand beside others: identifiers carry a prefix, and its size gives way to the page's. */
export const inlineSvg = (svg: string, prefix: string): string =>
  svg
    .replaceAll(/\bid="([^"]+)"/g, `id="${prefix}-$1"`)
    .replaceAll(/url\(#([^)]+)\)/g, `url(#${prefix}-$1)`)
    .replaceAll(/href="#([^"]+)"/g, `href="#${prefix}-$1"`)

/** Escaped text whose `η_c`, `S_max` and `λ_min` become letters with a subscript. */
export const symbols = (text: string): string =>
  escapeHtml(text)
    .replaceAll(/([ηλS])_([a-z0-9]+)/g, "$1<sub>$2</sub>")
    .replaceAll(/S₀/g, "S<sub>0</sub>")
