import { bytesPerCharacter } from './key-material.ts'

/** The least text that a pattern lets through. */
export interface PatternLength {
  readonly characters: number
  readonly bytesPerCharacter: number
}

/** `^[…]{32}$` and `^[…]{32,}$`: one class, so many times. What is more complicated is not looked into. */
const ONE_CLASS = /^\^\[(?<members>[^\]]+)\]\{(?<least>\d+)(?:,\d*)?\}\$$/

const HEX_MEMBERS = /^(?:0-9|a-f|A-F|\\d)+$/

/** The least length that a pattern asks of the whole text, if it shows one plainly. */
export function patternLength(pattern: string): PatternLength | undefined {
  const { members, least } = ONE_CLASS.exec(pattern)?.groups ?? {}
  if (members === undefined || least === undefined) return undefined
  const encoding = HEX_MEMBERS.test(members) ? 'hex' : 'utf8'
  return { characters: Number(least), bytesPerCharacter: bytesPerCharacter(encoding) }
}
