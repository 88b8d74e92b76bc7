import type { AccessRule } from './held-secret.ts'

const ENDS = ['sender', 'receiver'] as const

/** Each key of a call belongs to a call of the family. */
export const checkCalls: AccessRule = (held, { calls, file }) =>
  held.flatMap(({ where, call }) => {
    if (call === undefined || calls.some((planned) => planned.join('→') === call)) return []
    const why = `it is a key for ${call}, a call that the family does not declare`
    return [{ rule: 'call', where, why, fix: `remove the key, or declare the call in ${file}` }]
  })

/** Each call of the family has both its ends, once. */
export const checkCallEnds: AccessRule = (held, { calls, file }) =>
  calls.flatMap(([sender, receiver]) => {
    const call = `${sender}→${receiver}`
    return ENDS.flatMap((end) => {
      const holders = held.filter((key) => key.call === call && key.spec.access.end === end)
      if (holders.length === 1) return []
      const service = end === 'sender' ? sender : receiver
      const where = holders[1]?.where ?? { file: `services/${service}/src/secrets.ts` }
      const why = `the key for ${call} has ${holders.length} ${end}s; it must have exactly one`
      const fix = `let ${service} name it once as its ${end}, or remove the call from ${file}`
      return [{ rule: 'call-ends', where, why, fix }]
    })
  })

/** Both ends of a call find their key under the same name in the store. */
export const checkCallNames: AccessRule = (held) =>
  held.flatMap((receiver) => {
    const { call, spec } = receiver
    if (call === undefined || spec.access.end !== 'receiver') return []
    const sender = held.find((key) => key !== receiver && key.call === call)
    if (sender === undefined || sender.storeName === receiver.storeName) return []
    const why = `${sender.service} finds the key under ${sender.storeName}, ${receiver.service} under ${receiver.storeName}`
    return [{ rule: 'call-name', where: receiver.where, why, fix: 'let both use one name' }]
  })
