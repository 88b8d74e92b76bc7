import { randomBytes } from 'node:crypto'
import { readFile, writeFile } from 'node:fs/promises'
import { Secret, SecretError, type SecretSpec, storeName } from '@rekey/secret'
import { type DeclaredSecret, defineKind, type Plan } from '@rekey/secret/kind'
import { z } from 'zod'

/** A licence key of at least 32 characters, which a register accepts: a file with one key a line. */
export function licenceKey(): SecretSpec<string> {
  return {
    kind: 'licence',
    rule: 'at least 32 characters',
    access: { end: 'owner' },
    minLength: 32,
    nameFor: (service) => storeName('licence', [service]),
    parse(text) {
      if (text.length < 32)
        throw new SecretError('malformed', 'it is too short: issue a longer one')
      return { value: text, sensitive: [text], nonProduction: text.startsWith('dev-') }
    },
  }
}

const entry = z.object({ register: z.string() })

/** The rotation of a licence key, whose register is a file. */
export const licenceKind = defineKind({
  kind: 'licence',
  parties: ['service'],
  spec: { owner: licenceKey },
  storeName: (service) => licenceKey().nameFor(service),
  schedule: { rotateAfterMs: 86_400_000, staggerMs: 0 },
  entry,
  rotationOf({ name, entry: { register } }: DeclaredSecret<z.output<typeof entry>>) {
    const keys = async () => (await readFile(register, 'utf8')).split('\n').filter(Boolean)
    const change = async (text: string, isIn: boolean) => {
      const others = (await keys()).filter((key) => key !== text)
      await writeFile(register, [...others, ...(isIn ? [text] : [])].join('\n'))
    }
    return {
      ...{ kind: 'licence', name },
      plan: () => Promise.resolve({ generate: 'a new key' } as Plan),
      generate: () => Promise.resolve(Secret.of(`dev-${randomBytes(32).toString('hex')}`, name)),
      admit: ({ pending }) => change(pending.value.expose(), true),
      async prove({ value }) {
        if (!(await keys()).includes(value.expose())) throw new SecretError('rejected', 'not there')
      },
      confirm: () => Promise.resolve(),
      revoke: ({ previous }) => change(previous.value.expose(), false),
      abort: ({ pending }) => change(pending.value.expose(), false),
    }
  },
})
