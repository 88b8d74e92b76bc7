import { createHash } from 'node:crypto'

type Variables = Readonly<Record<string, string>>

/** A script that prints the digests of its environment: the values themselves are masked by `rekey run`. */
export const PRINT_ENV = `
  const digest = (text) => require('node:crypto').createHash('sha256').update(text).digest('hex')
  const digests = Object.entries(process.env).map(([name, value]) => [name, digest(value)])
  console.log('given ' + JSON.stringify(Object.fromEntries(digests)))`

/** The environment that {@link PRINT_ENV} printed first, as digests. */
export const environmentIn = (output: string): Variables =>
  JSON.parse(/^given (.*)$/m.exec(output)?.[1] ?? '{}') as Variables

/** Variables as {@link PRINT_ENV} prints them. */
export function digestsOf(env: Variables): Variables {
  const digest = (text: string) => createHash('sha256').update(text).digest('hex')
  return Object.fromEntries(Object.entries(env).map(([name, value]) => [name, digest(value)]))
}
