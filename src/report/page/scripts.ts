/**
 * The three libraries that draw the page's figures, as text, taken from the installed packages. Reading them is a
 * function of its own, so that the page itself stays a pure function of what it is given.
 */

/** Minified script texts that define `vega`, `vegaLite` and `vegaEmbed`, in the order they must run. */
export interface Scripts {
  readonly vega: string
  readonly vegaLite: string
  readonly vegaEmbed: string
}

/** Reads the scripts from the packages `vega`, `vega-lite` and `vega-embed`, wherever they are installed. */
export const loadScripts = async (): Promise<Scripts> => {
  const { readFile } = await import("node:fs/promises")
  const { createRequire } = await import("node:module")
  const { dirname, join } = await import("node:path")
  const { resolve } = createRequire(import.meta.url)
  // The packages export their entry only; the minified builds lie beside it.
  const beside = (name: string) => readFile(join(dirname(resolve(name)), `${name}.min.js`), "utf8")
  const [vega, vegaLite, vegaEmbed] = await Promise.all([beside("vega"), beside("vega-lite"), beside("vega-embed")])
  return { vega, vegaLite, vegaEmbed }
}
