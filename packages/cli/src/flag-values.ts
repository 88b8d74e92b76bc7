import { InvalidArgumentError } from 'commander'
import type { MigrationPart } from './migration-command.ts'

const DAY_MS = 86_400_000

/** @throws {InvalidArgumentError} */
export function toMilliseconds(text: string): number {
  const value = /^\d+$/.test(text) ? Number(text) : Infinity
  if (value <= DAY_MS) return value
  throw new InvalidArgumentError(`It takes a whole number from 0 to ${DAY_MS}.`)
}

/** The key is kept in the journal and printed. @throws {InvalidArgumentError} */
export function toRequest(text: string): string {
  if (/^[\w.:-]{1,100}$/.test(text)) return text
  throw new InvalidArgumentError('It takes up to 100 letters, digits and any of _ . : -')
}

const PARTS: readonly MigrationPart[] = ['prepare', 'finish', 'rollback']

/** @throws {InvalidArgumentError} */
export function toPart(text: string): MigrationPart {
  const part = PARTS.find((known) => known === text)
  if (part !== undefined) return part
  throw new InvalidArgumentError(`It takes one of ${PARTS.join(', ')}.`)
}
