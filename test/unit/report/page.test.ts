/**
 * The page as text: complete, the same bytes for the same input, closed to the network, safe against what its data say.
 */
import { createHash } from "node:crypto"
import { beforeAll, describe, expect, it } from "vitest"
import { readScripts } from "../../../src/data/readScripts.ts"
import { inlineSvg, safeJson, safeScript, symbols } from "../../../src/report/page/inline.ts"
import { renderPage } from "../../../src/report/page.ts"
import { diagonalFlow, diagonalRuns, keyOf, networkFlow, networkRuns } from "./sample.ts"
import { networkStudy, sampleFigures, samplePage } from "./samplePage.ts"

const patience = 60_000 // the first drawing loads the renderer
let page = ""
beforeAll(async () => {
  page = await samplePage()
}, patience)

const count = (text: string, part: string): number => text.split(part).length - 1

describe("the page", { timeout: patience }, () => {
  it("is the same for the same input, and small enough to send", async () => {
    expect(await samplePage()).toBe(page)
    expect(Buffer.byteLength(page)).toBeLessThan(2.5e6)
  })

  it("shows every run with its action's key", () => {
    for (const { key } of [...networkRuns, ...diagonalRuns]) expect(page).toContain(`<tr id="run-${key}">`)
  })

  it("says for every figure, table and flow which action made it", () => {
    const names = ["network-table", "diagonal-table", ...Object.keys(sampleFigures).map((id) => `figure-${id}`)]
    for (const key of [...names.map(keyOf), networkFlow.key, diagonalFlow.key]) {
      expect(page).toContain(`<code>brink show ${key}</code>`)
    }
  })

  it("lets exactly its own scripts run, and fetches nothing", () => {
    const policy = /Content-Security-Policy" content="([^"]+)"/.exec(page)![1]!
    expect(policy).toContain("default-src 'none'")
    expect(policy).not.toMatch(/unsafe-eval|script-src[^;]*unsafe-inline|https?:/)
    const scripts = [...page.matchAll(/<script>([\s\S]*?)<\/script>/g)].map((match) => match[1]!)
    expect(scripts).toHaveLength(4)
    for (const code of scripts) {
      expect(policy).toContain(`'sha256-${createHash("sha256").update(code).digest("base64")}'`)
    }
    expect(page).not.toMatch(/\b(src|href)="(https?:)?\/\//)
  })

  it("has no identifier twice", () => {
    const markup = page.replaceAll(/<script[\s\S]*?<\/script>/g, "")
    const identifiers = [...markup.matchAll(/\sid="([^"]+)"/g)].map((match) => match[1]!)
    expect(new Set(identifiers).size).toBe(identifiers.length)
  })

  it("leaves out columns in which nothing was measured", () => {
    expect(count(page, ">Test acc.</button>")).toBe(1)
    expect(count(page, ">Test loss</button>")).toBe(2)
  })

  it("shows the smallest eigenvalue with its residual, and with no digit below it", () => {
    expect(page).toMatch(/>−0\.\d\d ± 0\.02</)
  })

  it("shows text as text, whatever it holds", async () => {
    const evil = `</script><img src=x onerror="alert(1)">`
    const html = await renderPage({
      title: evil,
      studies: [{ ...networkStudy, title: evil }],
      figures: [],
      settings: [{ name: evil, value: evil }],
      scripts: { vega: "", vegaLite: "", vegaEmbed: "" }
    })
    expect(html).not.toContain("<img")
  })
})

describe("texts inside a page", () => {
  it("cannot end the element they stand in", () => {
    expect(safeScript(`a("</script><!--")`)).toBe(`a("<\\/script><\\!--")`)
    expect(safeJson({ a: "</script>" })).toBe(`{"a":"\\u003c/script>"}`)
    expect(JSON.parse(safeJson({ a: "</script>" }))).toEqual({ a: "</script>" })
  })

  it("become symbols with subscripts", () => {
    expect(symbols("η_c = 2/S_max <")).toBe("η<sub>c</sub> = 2/S<sub>max</sub> &lt;")
  })

  it("keep the identifiers of several drawings apart", () => {
    expect(inlineSvg('<g clip-path="url(#clip0)"><clipPath id="clip0"/></g>', "a")).toBe(
      '<g clip-path="url(#a-clip0)"><clipPath id="a-clip0"/></g>'
    )
  })

  it("are the installed libraries' own minified builds", async () => {
    const { vega, vegaLite, vegaEmbed } = await readScripts()
    expect(vega).toContain(".vega={}")
    expect(vegaLite).toContain(".vegaLite={}")
    expect(vegaEmbed).toContain(".vegaEmbed=")
  })
})
