/**
 * A page in a real browser, and everything it complains of or asks for while it is open.
 */
import { existsSync } from "node:fs"
import { pathToFileURL } from "node:url"
import { type Browser, chromium, type Page } from "playwright-core"

const executablePath = "/usr/bin/chromium"

export const browserIsMissing = !existsSync(executablePath)

/** A title that says why nothing is tested where there is no browser. */
export const titled = (title: string): string =>
  browserIsMissing ? `${title} (skipped: no ${executablePath}; install it with: apt-get install chromium)` : title

export const launch = (): Promise<Browser> =>
  chromium.launch({
    executablePath,
    args: ["--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"]
  })

export interface Watched {
  readonly page: Page
  /** Errors and warnings on the console, and uncaught errors. */
  readonly complaints: ReadonlyArray<string>
  /** Requests that leave the machine or the file. */
  readonly requests: ReadonlyArray<string>
}

/** The report at `path`, opened from the disk, once its figures are drawn. */
export const openReport = async (browser: Browser, path: string): Promise<Watched> => {
  const page = await browser.newPage({ viewport: { width: 1200, height: 900 } })
  const complaints: Array<string> = []
  const requests: Array<string> = []
  page.on("console", (message) => {
    if (message.type() === "error" || message.type() === "warning") complaints.push(message.text())
  })
  page.on("pageerror", (error) => complaints.push(String(error)))
  page.on("request", (request) => {
    if (!/^(file|data|blob):/.test(request.url())) requests.push(request.url())
  })
  await page.goto(pathToFileURL(path).href)
  await page.waitForFunction(() => document.documentElement.dataset["drawn"] === "true", undefined, { timeout: 60_000 })
  return { page, complaints, requests }
}
