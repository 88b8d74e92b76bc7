import { cp, stat } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import type { Account } from './postgres-programs.ts'

/** Another user may pass through a directory, independent of its owner. */
const OTHERS_MAY_ENTER = 0o001

/**
 * The folder `bin`, or a copy of it that `account` can reach: a checkout in `/root` is closed to the user that PostgreSQL runs
 * as. The copy takes the libraries beside `bin` along.
 *
 * @param place a directory that `account` can enter
 */
export async function reachablePrograms(
  bin: string,
  account: Account,
  place: string,
): Promise<string> {
  if (account.uid === undefined || (await isOpen(bin))) return bin
  const copy = join(place, 'programs')
  await cp(dirname(bin), copy, { recursive: true, verbatimSymlinks: true })
  return join(copy, basename(bin))
}

async function isOpen(directory: string): Promise<boolean> {
  const { mode } = await stat(directory)
  if ((mode & OTHERS_MAY_ENTER) === 0) return false
  const parent = dirname(directory)
  return parent === directory || isOpen(parent)
}
