/**
 * The libraries that draw figures in a browser, as text, from the installed packages. Knows nothing of the page they go into.
 */
import { readFile } from "node:fs/promises"
import { createRequire } from "node:module"
import { dirname, join } from "node:path"

/** The minified build of a package: packages export their entry only, and the builds lie beside it. */
const readBuild = (name: string): Promise<string> =>
  readFile(join(dirname(createRequire(import.meta.url).resolve(name)), `${name}.min.js`), "utf8")

/** The scripts of the packages `vega`, `vega-lite` and `vega-embed`, wherever they are installed. */
export const readScripts = async () => {
  const [vega, vegaLite, vegaEmbed] = await Promise.all([
    readBuild("vega"),
    readBuild("vega-lite"),
    readBuild("vega-embed")
  ])
  return { vega, vegaLite, vegaEmbed }
}
