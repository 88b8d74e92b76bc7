import { installCommand } from '@rekey/secret/internal'
import { type Secret, SecretError } from '@rekey/secret'
import { UsageError } from '@rekey/rekey/internal/command'

type Age = typeof import('age-encryption')

/** Encrypts the text of a share to the age recipient of its custodian; undefined for a custodian without one. */
export type EncryptShare = (holder: string, text: Secret) => Promise<string> | undefined

/** An X25519 recipient (C2SP age, "The X25519 recipient type"): Bech32 of 32 bytes. */
const RECIPIENT = /^age1[02-9ac-hj-np-z]{58}$/

/**
 * Reads the recipients of custodians, as `NAME=age1…` each, before anything is made for them.
 *
 * @returns what encrypts to them: the armored format of age, which `age --decrypt` opens
 * @throws {UsageError} for a name that no holder has or that is there twice, or anything but a recipient, which is not repeated: it may be
 *   a secret key
 * @throws {SecretError} `refused` without `age-encryption`
 */
export async function readRecipients(
  given: readonly string[],
  holders: readonly string[],
): Promise<EncryptShare> {
  const recipients = new Map<string, string>()
  for (const one of given) {
    const at = one.lastIndexOf('=')
    const [holder, recipient] = [one.slice(0, Math.max(0, at)), one.slice(at + 1)]
    if (!RECIPIENT.test(recipient)) {
      throw new UsageError(
        '--recipient takes NAME=RECIPIENT, with an X25519 recipient of age: age1…',
      )
    }
    if (!holders.includes(holder) || recipients.has(holder)) {
      throw new UsageError('--recipient takes the name of a holder, each once; compare the names')
    }
    recipients.set(holder, recipient)
  }
  if (recipients.size === 0) return () => undefined
  const { armor, Encrypter } = await loadAge()
  const encrypters = new Map(
    [...recipients].map(([holder, recipient]) => {
      const encrypter = new Encrypter()
      try {
        encrypter.addRecipient(recipient)
      } catch {
        throw new UsageError(`the recipient of ${holder} has a mistyped letter; copy it again`)
      }
      return [holder, encrypter] as const
    }),
  )
  return (holder, text) =>
    encrypters
      .get(holder)
      ?.encrypt(`${text.expose()}\n`)
      .then((bytes) => armor.encode(bytes))
}

async function loadAge(): Promise<Age> {
  try {
    return await import('age-encryption')
  } catch {
    const command = installCommand(import.meta.url, '@rekey/ca-keystore', 'age-encryption')
    throw new SecretError(
      'refused',
      `recipients of age need the package age-encryption, which cannot be loaded: ${command}`,
      { reason: 'age-encryption' },
    )
  }
}
