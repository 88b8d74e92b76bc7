import type { AccessRule, Contradiction, GrantedAccess } from './held-secret.ts'

/** Only a service that the family names holds a secret of a kind, and no more of them than it is granted. */
export const checkHolders: AccessRule = (held, granted) =>
  held.flatMap(({ service, where, spec, call }, index): Contradiction[] => {
    const { kind } = spec
    const holders = holdersOf(kind, granted)
    const fix = `remove it, or grant it in ${granted.file}`
    if (holders.length === 0) {
      return [
        { rule: 'unknown-kind', where, why: `the family has no secret of the kind ${kind}`, fix },
      ]
    }
    if (call !== undefined) return []
    const granteds = holders.filter((holder) => holder === service).length
    if (granteds === 0) {
      const who = `only ${[...new Set(holders)].join(' and ')}`
      const why = `${service} holds a secret of the kind ${kind}; ${who} may`
      return [{ rule: 'holder', where, why, fix }]
    }
    const before = held
      .slice(0, index)
      .filter((other) => other.service === service && other.spec.kind === kind)
    if (before.length < granteds) return []
    const why = `${service} holds ${before.length + 1} secrets of the kind ${kind}; it may have ${granteds}`
    return [{ rule: 'one-each', where, why, fix }]
  })

function holdersOf(kind: string, { secrets }: GrantedAccess): string[] {
  return secrets.filter((secret) => secret.kind === kind).flatMap(({ holders }) => holders)
}

/** One name in the store belongs to one service, or to the two ends of one call. */
export const checkSharing: AccessRule = (held) =>
  held.flatMap((secret, index) => {
    const { storeName, call } = secret
    const first = held.slice(0, index).find((other) => other.storeName === storeName)
    if (first === undefined || (call !== undefined && call === first.call)) return []
    const why = `${storeName} is held by ${first.service} and by ${secret.service}`
    const fix = 'give each its own name and its own value'
    return [{ rule: 'shared', where: secret.where, why, fix }]
  })

/** A service reads each secret under the name by which the rotator writes it. */
export const checkNames: AccessRule = (held, { secrets }) =>
  held.flatMap(({ service, where, spec, storeName }) => {
    const granted = secrets.filter(
      ({ kind, holders }) => kind === spec.kind && holders.includes(service),
    )
    const names = granted.map(({ name }) => name)
    if (names.length === 0 || names.includes(storeName)) return []
    const why = `${service} reads ${storeName}; in the family it is ${names.join(' or ')}`
    return [{ rule: 'store-name', where, why, fix: `read it as ${names.join(' or ')}` }]
  })
