/**
 * The report that quickstart really writes, from real data and a few short runs, in a real browser: it opens from a disk,
 * complains of nothing, asks nobody, draws every figure, and every key on it leads to an action in the store.
 */
import { existsSync, readdirSync, readFileSync, symlinkSync } from "node:fs"
import { basename, join } from "node:path"
import type { Browser } from "playwright-core"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { browserIsMissing, launch, openReport, titled, type Watched } from "../support/browser.ts"
import { makeProject, type Project, repository } from "../support/project.ts"

const figures = ["against-learning-rate", "trade-off", "test-loss", "training-curves", "diagonal"]
const ratios = [0.6, 1.1] // both among those whose sharpness is followed through training
const diagonalRatios = [0.6, 1.2, 2.05] // the last one diverges
const settings = {
  train: 100,
  threshold: 0.1,
  ratios: JSON.stringify(ratios),
  diagonalRatios: JSON.stringify(diagonalRatios)
}
const patience = 120_000

/** The project itself, copied to a folder of its own, with the packages that are installed here. */
const copyOfTheProject = (): Project => {
  const files = ["src", "stages", "pipelines"].flatMap((folder) =>
    readdirSync(join(repository, folder), { recursive: true, encoding: "utf8" })
      .filter((name) => name.endsWith(".ts"))
      .map((name) => join(folder, name))
  )
  const project = makeProject(
    Object.fromEntries(files.map((path) => [path, readFileSync(join(repository, path), "utf8")]))
  )
  for (const name of readdirSync(join(repository, "node_modules"))) {
    const place = join(project.root, "node_modules", name)
    if (!existsSync(place)) symlinkSync(join(repository, "node_modules", name), place)
  }
  return project
}

describe.skipIf(browserIsMissing)(titled("the report of quickstart"), { timeout: patience }, () => {
  let project: Project
  let browser: Browser
  let report: Watched
  beforeAll(async () => {
    project = copyOfTheProject()
    const set = Object.entries(settings).flatMap(([name, value]) => ["--set", `${name}=${value}`])
    const outcome = project.brink("run", "quickstart", ...set)
    expect(outcome.code, outcome.stderr).toBe(0)
    browser = await launch()
    report = await openReport(browser, join(project.root, "artifacts/latest/quickstart/report/index.html"))
  }, patience)
  afterAll(async () => {
    await browser?.close()
    project?.remove()
  })

  it("draws every figure, in place of its still, from numbers alone", async () => {
    const found = await report.page.locator("figure").evaluateAll((all) => all.map(({ id }) => id))
    expect(found).toEqual(figures)
    for (const id of figures) {
      const drawing = report.page.locator(`#${id} .drawn svg.marks`)
      expect(await drawing.locator(":is(path, line, text, rect)").count(), id).toBeGreaterThan(20)
      expect(await drawing.innerHTML(), id).not.toMatch(/NaN|undefined|Infinity/)
      expect(await report.page.locator(`#${id} .still`).isVisible(), id).toBe(false)
    }
  })

  it("has a row for every run, and no text without a number in its place", async () => {
    const rows = (model: string) => report.page.locator(`table.runs[data-model="${model}"] tbody tr`).count()
    expect([await rows("mnist-mlp"), await rows("diagonal")]).toEqual([ratios.length, diagonalRatios.length])
    const texts = await report.page.locator(":is(.abstract, .numbers, figcaption, td, th)").allTextContents()
    expect(texts.filter((text) => /NaN|undefined|null|Infinity|\[object/.test(text))).toEqual([])
  })

  it("names for every figure, table, flow and run an action that is in the store", async () => {
    const copies = await report.page
      .locator("[data-copy]")
      .evaluateAll((all) => all.map((button) => (button as HTMLElement).dataset["copy"]!))
    const keys = new Set(copies.map((text) => text.replace("brink show ", "")))
    expect(keys.size).toBe(figures.length + 2 + 2 + ratios.length + diagonalRatios.length)
    const records = readdirSync(join(project.root, "artifacts/ac"), { recursive: true, encoding: "utf8" })
    const known = new Set(records.map((path) => basename(path, ".record")))
    expect([...keys].filter((key) => !known.has(key))).toEqual([])
    expect(project.brink("show", [...keys][0]!).code).toBe(0)
  })

  it("complains of nothing and asks nobody", () => {
    expect(report.complaints).toEqual([])
    expect(report.requests).toEqual([])
  })
})
