/**
 * Tables as Arrow IPC files, and back. The types of the columns are ours, not guessed from the values, so that tables
 * of different runs agree; the same rows give the same bytes.
 */
import { byColumn, type Cell, type Columns, type ColumnType, namesOf } from "./columns.ts"

const typesOf = async <Row>(columns: Columns<Row>, isEmpty: boolean) => {
  const { dictionary, float64, int32, utf8 } = await import("@uwdata/flechette")
  const types = {
    text: () => (isEmpty ? utf8() : dictionary(utf8())), // a dictionary without values cannot be read back
    integer: int32,
    float: float64
  } satisfies Record<ColumnType, () => unknown>
  // Each column gets a type of its own: a dictionary's identity is part of its type.
  return Object.fromEntries(namesOf(columns).map((name) => [name, types[columns[name]]()]))
}

/** Rows as the bytes of an Arrow IPC file. */
export const toArrow = async <Row>(columns: Columns<Row>, rows: ReadonlyArray<Row>): Promise<Uint8Array> => {
  const { table } = await import("arquero")
  const types = await typesOf(columns, rows.length === 0)
  return table(byColumn(columns, rows), [...namesOf(columns)]).toArrowIPC({ format: "file", types })
}

/** The rows of an Arrow IPC file that `toArrow` wrote with the same columns. */
export const fromArrow = async <Row>(columns: Columns<Row>, bytes: Uint8Array): Promise<ReadonlyArray<Row>> => {
  const { fromArrow: read } = await import("arquero")
  const found = read(bytes)
  const names = namesOf(columns)
  return Array.from({ length: found.numRows() }, (_, row) => {
    const cells = names.map((name): [string, Cell] => [name, (found.get(name, row) as Cell | undefined) ?? null])
    return Object.fromEntries(cells) as Row
  })
}
