import { jsonIn } from '@rekey/secret'
import { describeBrokenJson } from '@rekey/secret/internal'
import { newLineFinder, objectIn } from './locks/lock.ts'

/** A `package.json`. */
export interface Manifest {
  readonly content: Readonly<Record<string, unknown>>
  /** The line of a key, counted from 1. */
  readonly lineOf: (key: string) => number
}

/** @throws {Error} if it is no JSON */
export function readManifest(text: string, file = 'package.json'): Manifest {
  const value = jsonIn(text)
  if (value === undefined) throw new Error(`${file} is ${describeBrokenJson(text)}`)
  return { content: objectIn(value), lineOf: newLineFinder(text) }
}
