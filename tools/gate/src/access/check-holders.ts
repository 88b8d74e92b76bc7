import type { AccessRule, Breach } from './held-secret.ts'

/** Only a service that the policy names holds a secret of that kind, and only one. */
export const checkHolders: AccessRule = (held, { kinds }) =>
  held.flatMap(({ service, where, spec }, index): Breach[] => {
    const holders = kinds[spec.kind]?.holders
    const fix = 'remove it, or grant it in the policy of the gate'
    if (holders === undefined) {
      return [{ rule: 'unknown-kind', where, why: `the policy has no kind ${spec.kind}`, fix }]
    }
    if (holders === 'callers') return []
    if (!holders.includes(service)) {
      const who = holders.length === 0 ? 'nobody' : `only ${holders.join(' and ')}`
      const why = `${service} holds a secret of the kind ${spec.kind}; ${who} may`
      return [{ rule: 'holder', where, why, fix }]
    }
    const isSecond = held
      .slice(0, index)
      .some((other) => other.service === service && other.spec.kind === spec.kind)
    const why = `${service} holds a second secret of the kind ${spec.kind}; it may have one`
    return isSecond ? [{ rule: 'one-each', where, why, fix }] : []
  })

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
