/**
 * Tables as CSV for people's other tools: comma, header, one line a row, LF, every digit of every number (the shortest
 * text that reads back as the same float), an empty field where nothing was measured.
 */
import { byColumn, type Columns, namesOf } from "./columns.ts"

/** Rows as CSV text. */
export const toCsv = async <Row>(columns: Columns<Row>, rows: ReadonlyArray<Row>): Promise<string> => {
  const { table } = await import("arquero")
  const names = [...namesOf(columns)]
  return table(byColumn(columns, rows), names).toCSV()
}
