import { type Administrator, homeOf } from './database-access.ts'
import { describeBlocker, findBlockers } from './drop-blockers.ts'
import { findRole } from './role.ts'

/**
 * Lists what keeps a login from being dropped, each with its database: `it owns table public.notes in database app`. Where
 * one cannot be entered, how many things are in it. Empty also if there is no such login.
 */
export async function listBlockers(admin: Administrator, login: string): Promise<string[]> {
  const role = await findRole(homeOf(admin), login)
  return role === undefined ? [] : (await findBlockers(admin, role)).map(describeBlocker)
}
