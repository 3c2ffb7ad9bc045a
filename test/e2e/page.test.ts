/**
 * The report in a real browser, opened from a disk: nothing fails, nothing is fetched, every figure is drawn, tables
 * sort, a mark leads to its row, and a telephone needs no sideways scrolling.
 */
import { existsSync } from "node:fs"
import { mkdtemp, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { pathToFileURL } from "node:url"
import { type Browser, chromium, type Page } from "playwright-core"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { diagonalRuns, networkRuns } from "../unit/report/sample.ts"
import { sampleFigures, samplePage } from "../unit/report/samplePage.ts"

const executablePath = "/usr/bin/chromium"
const isMissing = !existsSync(executablePath)
const title = isMissing
  ? `the report in a browser (skipped: no ${executablePath}; install it with: apt-get install chromium)`
  : "the report in a browser"
const flags = [
  "--headless",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync"
]
const patience = 60_000

describe.skipIf(isMissing)(title, { timeout: patience }, () => {
  let folder = ""
  let url = ""
  let browser: Browser
  let page: Page
  const complaints: Array<string> = []
  const requests: Array<string> = []

  const open = async (width: number, height: number): Promise<Page> => {
    const opened = await browser.newPage({ viewport: { width, height } })
    opened.on("console", (message) => {
      if (message.type() === "error" || message.type() === "warning") complaints.push(message.text())
    })
    opened.on("pageerror", (error) => complaints.push(String(error)))
    opened.on("request", (request) => requests.push(request.url()))
    await opened.goto(url)
    await opened.waitForFunction(() => document.documentElement.dataset["drawn"] === "true", undefined, {
      timeout: patience
    })
    return opened
  }

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "brink-page-"))
    const path = join(folder, "report.html")
    await writeFile(path, await samplePage())
    url = pathToFileURL(path).href
    browser = await chromium.launch({ executablePath, args: flags })
    page = await open(1200, 900)
  }, patience)

  afterAll(async () => {
    await browser?.close()
    await rm(folder, { recursive: true, force: true })
  })

  const texts = (selector: string) => page.locator(selector).allTextContents()
  const table = (model: string) => `table.runs[data-model="${model}"]`

  it("draws every figure, in place of its still", async () => {
    for (const id of Object.keys(sampleFigures)) {
      const marks = await page.locator(`#${id} .drawn svg.marks :is(path, line, text, rect)`).count()
      expect(marks, id).toBeGreaterThan(20)
      expect(await page.locator(`#${id} .still`).isVisible()).toBe(false)
    }
  })

  it("has a row for every run", async () => {
    expect(await page.locator(`${table("mnist-mlp")} tbody tr`).count()).toBe(networkRuns.length)
    expect(await page.locator(`${table("diagonal")} tbody tr`).count()).toBe(diagonalRuns.length)
  })

  it("sorts a table both ways, and keeps what was not measured at the end", async () => {
    const column = 8
    const cells = `${table("mnist-mlp")} tbody tr td:nth-child(${column + 1})`
    const header = page.locator(`${table("mnist-mlp")} thead th`).nth(column)
    expect(await header.textContent()).toContain("Test loss")
    const known = networkRuns.flatMap(({ testLoss }) => testLoss ?? []).sort((a, b) => a - b)
    const values = () =>
      page.locator(cells).evaluateAll((found) => found.map((cell) => (cell as HTMLElement).dataset["value"]))
    await header.locator("button").click()
    expect(await header.getAttribute("aria-sort")).toBe("ascending")
    expect(await values()).toEqual([...known.map(String), ""])
    await header.locator("button").click()
    expect(await header.getAttribute("aria-sort")).toBe("descending")
    expect(await values()).toEqual([...known.reverse().map(String), ""])
  })

  it("sorts text as text", async () => {
    await page.locator(`${table("diagonal")} thead button`, { hasText: "Outcome" }).click()
    const outcomes = await texts(`${table("diagonal")} tbody .badge`)
    expect(outcomes).toEqual([...outcomes].sort())
  })

  it("leads from a mark to its row, and tells its numbers on the way", async () => {
    const mark = page.locator('#against-learning-rate .drawn g[class*="sharpness_marks"] path').nth(10)
    await mark.hover()
    await page.waitForSelector("#vg-tooltip-element.visible", { timeout: patience })
    expect(await page.locator("#vg-tooltip-element").textContent()).toContain("sharpness S")
    await mark.click()
    const found = page.locator("tr.found")
    expect(await found.count()).toBe(1)
    expect(networkRuns.map(({ key }) => `run-${key}`)).toContain(await found.getAttribute("id"))
  })

  it("copies a key", async () => {
    const button = page.locator("button.copy.key").first()
    await button.click()
    await page.waitForFunction(() => document.querySelector("button.copy.key")?.textContent === "copied")
    expect(await button.getAttribute("data-copy")).toMatch(/^[0-9a-f]{64}$/)
  })

  it("lets a figure be saved as a picture", async () => {
    await page.locator("#test-loss .vega-embed summary").click({ force: true })
    const [download] = await Promise.all([
      page.waitForEvent("download", { timeout: patience }),
      page.locator("#test-loss .vega-actions a", { hasText: "PNG" }).click({ force: true })
    ])
    expect(download.suggestedFilename()).toBe("test-loss.png")
  })

  it("fits a telephone: nothing is wider than the screen", async () => {
    const phone = await open(375, 800)
    const widths = await phone.evaluate(() => [document.documentElement.scrollWidth, document.body.scrollWidth])
    expect(widths).toEqual([375, 375])
    const drawn = await phone
      .locator(".drawn svg.marks")
      .evaluateAll((all) => all.map((svg) => [Number(svg.getAttribute("width")), svg.parentElement!.clientWidth]))
    expect(drawn).toHaveLength(Object.keys(sampleFigures).length)
    for (const [own, room] of drawn) expect(own).toBeLessThanOrEqual(room!)
    await phone.close()
  })

  it("follows the window when it changes", async () => {
    const widthOf = () => page.locator("#trade-off .drawn svg.marks").getAttribute("width").then(Number)
    const before = await widthOf()
    await page.setViewportSize({ width: 700, height: 900 })
    await expect.poll(widthOf, { timeout: patience }).toBeLessThan(before)
  })

  it("reads complete where scripts are off", async () => {
    const plain = await browser.newPage({ javaScriptEnabled: false })
    await plain.goto(url)
    expect(await plain.locator(".still svg").count()).toBe(Object.keys(sampleFigures).length)
    expect(await plain.locator(".still").first().isVisible()).toBe(true)
    await plain.close()
  })

  it("complains of nothing and asks nobody", () => {
    expect(complaints).toEqual([])
    expect(requests.filter((request) => !/^(file|data|blob):/.test(request))).toEqual([])
  })
})
