import type { FarSidePlan } from '@rekey/secret/kind'
import { findLoginReaders, type LoginReader } from '../roles/login-readers.ts'
import { listBlockers } from '../roles/drop-blockers.ts'
import { type DatabaseServer, describeReader } from './database-server.ts'

/** Plans the steps on the server as it is, with the known obstacles, for the logins in the store by stage. */
export async function planDatabase(
  server: DatabaseServer,
  of: { ownerRole: string; current: string; pending?: string; previous?: string },
): Promise<FarSidePlan> {
  const { ownerRole, current, pending, previous } = of
  const next =
    previous === undefined ? (pending ?? (await server.nextLoginName(ownerRole, current))) : current
  const old = previous ?? current
  const sessions = await server.sessions(old)
  const blockers = await server.access((access) => listBlockers(access, old))
  const readers = await server.look((client) => findLoginReaders(client, ownerRole, old))
  const inTheWay = blockers.length === 0 ? 'nothing keeps it' : `in the way: ${blockers.join('; ')}`
  return {
    generate: `the name ${next} and a password of 32 random bytes`,
    admit: `create role ${next} login, in role ${ownerRole}, with the attributes and settings of ${old}`,
    prove: `log in as ${next}; compare its rights with those of ${old} in every database${describeReaders(readers)}`,
    promote: `${next} becomes current, ${old} previous`,
    confirm: `every pool uses ${next}, and ${old} has no session (it has ${sessions.length})`,
    revoke: `alter role ${old} nologin, end its sessions, drop it (${inTheWay})`,
  }
}

function describeReaders(readers: readonly LoginReader[]): string {
  const named = (decides: boolean) =>
    readers.filter((reader) => reader.decides === decides).map(describeReader)
  const [rules, others] = [named(true), named(false)]
  return [
    rules.length === 0 ? '' : `; in the way: ${rules.join('; ')}`,
    others.length === 0 ? '' : `; check by hand: ${others.join('; ')}`,
  ].join('')
}
