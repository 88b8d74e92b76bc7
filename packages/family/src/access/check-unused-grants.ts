import type { AccessRule, Contradiction } from './held-secret.ts'

/**
 * The family grants no secret that its service does not declare: a grant without a user goes unnoticed until it is abused. A call
 * without ends is reported by `checkCallEnds`.
 */
export const checkUnusedGrants: AccessRule = (held, { secrets, calls, file }) => {
  const isOfCall = (parties: readonly string[]) => {
    return calls.some((call) => call.join(':') === parties.join(':'))
  }
  return secrets.flatMap(({ kind, parties, holders }): Contradiction[] => {
    if (isOfCall(parties)) return []
    return holders.flatMap((service) => {
      const declared = held.filter((one) => one.service === service && one.spec.kind === kind)
      const granted = secrets.filter((one) => one.kind === kind && one.parties[0] === service)
      const isUsed = declared.length > granted.findIndex((one) => one.parties === parties)
      if (isUsed) return []
      const why = `${service} may hold the secret ${kind} ${parties.join(':')} and declares none`
      const where = { file, part: PLACES.get(kind) ?? `secrets.${kind}` }
      return [{ rule: 'unused-grant', where, why, fix: `take ${service} out of ${where.part}` }]
    })
  })
}

const PLACES = new Map([
  ['database', 'databases'],
  ['oidc-client', 'clients'],
])
