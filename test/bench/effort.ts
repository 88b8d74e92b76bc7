import process from 'node:process'

/** With this flag the benches only show that they work. */
export const QUICK = '--quick'

/** What a bench works with: `full` for figures that count, `quick` to see in a moment that it works. */
export function effort<Value>(full: Value, quick: Value): Value {
  return process.argv.includes(QUICK) ? quick : full
}
