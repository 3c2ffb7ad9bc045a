/**
 * A terminal of the least kind: what somebody sees who looks at what was written to it. It knows the sequences that the
 * program uses, and refuses others.
 */
export interface Terminal {
  readonly write: (text: string) => void
  /** All lines, those that scrolled away first. */
  readonly lines: () => ReadonlyArray<string>
}

export const makeTerminal = (columns: number, rows: number): Terminal => {
  const lines: Array<Array<string>> = [[]]
  let row = 0
  let column = 0
  const down = (): void => {
    row++
    if (row === lines.length) lines.push([])
  }
  const clearRight = (): void => {
    lines[row]!.length = Math.min(lines[row]!.length, column)
  }
  const act = (letter: string, amount: number): void => {
    if (letter === "A") row = Math.max(0, lines.length - rows, row - amount)
    else if (letter === "K") clearRight()
    else if (letter === "J") {
      clearRight()
      lines.length = row + 1
    } else if (letter !== "m") throw new Error(`a sequence that ends with ${letter}`)
  }
  const put = (character: string): void => {
    if (column === columns) {
      down()
      column = 0
    }
    const line = lines[row]!
    while (line.length < column) line.push(" ")
    line[column] = character
    column++
  }
  return {
    write: (text) => {
      for (let i = 0; i < text.length; i++) {
        const sequence = text[i] === "\x1b" ? /^\[(\d*)([A-Za-z])/.exec(text.slice(i + 1)) : null
        if (sequence !== null) {
          act(sequence[2]!, Number(sequence[1] || 1))
          i += sequence[0].length
        } else if (text[i] === "\r") column = 0
        else if (text[i] === "\n") {
          down()
          column = 0
        } else put(text[i]!)
      }
    },
    lines: () => lines.map((line) => line.join("").trimEnd())
  }
}
