/**
 * A figure as a static SVG, without a browser. The same figure gives the same bytes: text is measured by a fixed rule
 * instead of the machine's fonts, and the identifiers inside the SVG start from zero.
 */
import type { LoggerInterface as Logger, Spec } from "vega"
import type { Figure } from "./figures/theme.ts"

/** A figure as Vega, and what the compiler had to guess: a figure that needs guessing is a wrong figure. */
export const compileFigure = async (
  figure: Figure
): Promise<{ readonly spec: Spec; readonly warnings: ReadonlyArray<string> }> => {
  const { compile } = await import("vega-lite")
  const warnings: Array<string> = []
  const note = (...messages: ReadonlyArray<unknown>) => {
    warnings.push(messages.map(String).join(" "))
    return logger
  }
  const logger: Logger = {
    level: ((level?: number) => (level === undefined ? 2 : logger)) as Logger["level"],
    error: note,
    warn: note,
    info: () => logger,
    debug: () => logger
  }
  // A copy: the renderer numbers the rows that it is given, and a figure is not its to write on.
  return { spec: compile(structuredClone(figure), { logger }).spec, warnings }
}

/** Text is as wide as its letters, by rule: a canvas, where some package brings one, would ask the machine's fonts. */
const measureByRule = (vega: object) => {
  const { textMetrics } = vega as { readonly textMetrics: { readonly canvas: (use: boolean) => void } } // not in its types
  textMetrics.canvas(false)
}

/** A figure's SVG text. */
export const renderSvg = async (figure: Figure): Promise<string> => {
  const vega = await import("vega")
  const { spec } = await compileFigure(figure)
  measureByRule(vega)
  vega.resetSVGDefIds()
  const view = new vega.View(vega.parse(spec), { renderer: "none", logLevel: vega.Error })
  try {
    return await view.toSVG()
  } finally {
    view.finalize()
  }
}
