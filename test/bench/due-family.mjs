// The family of due-at-once.ts. Node runs it as it is, so that the command needs no loader of TypeScript, which has a thread of its own.
import { randomBytes } from 'node:crypto'
import { defineFamily } from '@rekey/rekey'
import { Secret, SecretError, storeName } from '@rekey/secret'
import { defineKind } from '@rekey/secret/kind'
import { z } from 'zod'

/** A pass of 32 random bytes, which a register accepts. */
function pass() {
  return {
    kind: 'pass',
    rule: '64 hex digits',
    access: { end: 'owner' },
    minLength: 64,
    nameFor: (service) => storeName('pass', [service]),
    parse: (text) => ({ value: text, sensitive: [text], nonProduction: true }),
  }
}

const passKind = defineKind({
  kind: 'pass',
  parties: ['service'],
  spec: { owner: pass },
  storeName: (service) => pass().nameFor(service),
  schedule: { rotateAfterMs: 86_400_000, staggerMs: 0 },
  entry: z.object({ register: z.url() }),
  rotationOf({ name, entry: { register } }) {
    const ask = async (verb, version) => {
      const response = await fetch(`${register}/${verb}/${name}/${version}`, { method: 'POST' })
      await response.arrayBuffer()
      if (!response.ok) throw new SecretError('rejected', `the register refuses to ${verb} it`)
    }
    return {
      ...{ kind: 'pass', name, plan: () => Promise.resolve({}), confirm: () => Promise.resolve() },
      generate: () => Promise.resolve(Secret.of(randomBytes(32).toString('hex'), name)),
      admit: ({ pending }) => ask('admit', pending.version),
      prove: ({ version }) => ask('prove', version),
      revoke: ({ previous }) => ask('revoke', previous.version),
      abort: ({ pending }) => ask('revoke', pending.version),
    }
  },
})

/** A family of so many services, each with a pass of its own. */
export function familyOf(services, register, deployment) {
  const names = Array.from({ length: services }, (_, i) => `s${i}`)
  const secrets = { pass: names.map((service) => ({ service, register })) }
  const family = { services: names, validationMs: 0, ...deployment, secrets }
  return defineFamily(family, { kinds: [passKind] })
}
