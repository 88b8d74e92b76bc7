import type { Clock } from '@rekey/secret'
import type { Paint, Style } from './paint.ts'

/** Where progress is shown: a terminal, where a line can be drawn over, or a file, where it cannot. */
export type Output = Pick<NodeJS.WriteStream, 'write' | 'isTTY'> & {
  readonly columns?: number
}

/** A text in one style. */
export type Part = readonly [text: string, style?: Style]

/** Drawn over the live line up to the end of it (ECMA-48: erase in line). */
const ERASE = '\r\u001b[K'
/** The width of a terminal that gives none. */
const COLUMNS = 80

/** Lines, of which the last is live on a terminal: it is drawn over, and stays below the others. */
export class Screen {
  readonly #output: Output
  readonly #clock: Clock
  readonly #paint: Paint
  #live = ''
  #printedAt: number

  constructor(output: Output, clock: Clock, paint: Paint) {
    this.#output = output
    this.#clock = clock
    this.#paint = paint
    this.#printedAt = clock.elapsed()
  }

  /** How long nothing was printed. */
  get silentMs(): number {
    return this.#clock.elapsed() - this.#printedAt
  }

  /** Prints a line above the live one. */
  print(text: string): void {
    this.#output.write(this.#live === '' ? `${text}\n` : `${ERASE}${text}\n${this.#live}`)
    this.#printedAt = this.#clock.elapsed()
  }

  /** Draws the live line, cut to the width of the terminal: a line that wraps cannot be drawn over. */
  draw(parts: readonly Part[]): void {
    this.#live = this.#cut(parts)
    this.#output.write(`${ERASE}${this.#live}`)
  }

  /** Ends the live line as it is, or with `parts`. */
  settle(parts?: readonly Part[]): void {
    if (this.#live === '') return
    this.#output.write(parts === undefined ? '\n' : `${ERASE}${this.#cut(parts)}\n`)
    this.#live = ''
  }

  #cut(parts: readonly Part[]): string {
    // In its last column a terminal may wrap already.
    let left = (this.#output.columns ?? COLUMNS) - 1
    const cut = parts.map(([text, style]) => {
      const shown =
        text.length > left ? `${text.slice(0, Math.max(0, left - 1))}${left > 0 ? '…' : ''}` : text
      left -= shown.length
      return style === undefined || shown === '' ? shown : this.#paint(style, shown)
    })
    return cut.join('')
  }
}
