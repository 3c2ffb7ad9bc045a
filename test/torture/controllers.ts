/**
 * Several controllers at once on one store, all asked for the same sweep: nothing wrong comes out, and hardly anything is
 * made twice.
 *
 *   node test/torture/controllers.ts [controllers] [cells] [rounds] [-j]
 */
import { join } from "node:path"
import { sweepProject } from "../../bench/pipeline/sweepProject.ts"
import { different, digestsOf, ended, errorsOf, eventsOf, finishedTwice, say, verdict } from "./support.ts"

const [controllersText = "4", cellsText = "500", roundsText = "5", jobs = "2"] = process.argv.slice(2)
const controllers = Number(controllersText)
const MOST_TWICE = 0.01

const project = sweepProject(Number(cellsText))
const root = (name: string): string => join(project.root, name)
const start = (store: string) => {
  const child = project.start("run", "sweep", "--store", root(store), "-j", jobs)
  return { child, errors: errorsOf(child) }
}

const alone = start("alone")
if ((await ended(alone.child)) !== 0) throw new Error(alone.errors.text())
const expected = await digestsOf(project, root("alone"), "sweep")

let [all, allTwice, wrong, failures] = [0, 0, 0, 0]
for (let round = 1; round <= Number(roundsText); round++) {
  const store = `round${round}`
  const begun = performance.now()
  const running = Array.from({ length: controllers }, () => start(store))
  for (const { child, errors } of running) {
    const code = await ended(child)
    if (code === 0) continue
    failures++
    say(`a controller ended with ${code}: ${errors.text().slice(-500)}`)
  }
  const seconds = (performance.now() - begun) / 1000
  const lost = different(expected, await digestsOf(project, root(store), "sweep"))
  const { finished, twice } = finishedTwice(await eventsOf(root(store)))
  say(
    `round ${round}: ${finished} executions, ${twice} of them twice, ${lost.length} wrong values, ${seconds.toFixed(1)} s`
  )
  all += finished
  allTwice += twice
  wrong += lost.length
}
say(
  `${controllers} controllers, ${cellsText} cells, ${roundsText} rounds: ${wrong} wrong values, ${failures} failures, ` +
    `${allTwice} of ${all} executions twice (${((100 * allTwice) / all).toFixed(2)} %)`
)
project.remove()
verdict(wrong === 0 && failures === 0 && allTwice <= MOST_TWICE * all)
