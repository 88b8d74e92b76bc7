import { NON_PRODUCTION_PREFIX, SecretError, type SecretSpec, storeName } from '@rekey/secret'
import { defineKind } from '@rekey/secret/kind'
import { generatePassphrase } from './generate-passphrase.ts'
import { isInToken } from './keystore-files.ts'
import { openCaKeystore } from './open-ca-keystore.ts'
import { findGenerations } from './rotation/generations.ts'
import { checkPassphrase, MIN_PASSPHRASE_LENGTH, PASSPHRASE_RULE } from './passphrase.ts'
import { caRunbook } from './ca-runbook.ts'

/** Options of {@link caPassphrase}. */
export interface CaPassphraseOptions {
  /** The service's setting that names the directory of the keystore. Default `CA_DIRECTORY`. */
  readonly directorySetting?: string
}

/**
 * The passphrase of the CA key that a service holds, or the PIN of the token that has it: `CA_PASSPHRASE_SIGNING` for the service
 * `signing`. A PIN has the rule of a passphrase too, since versions of it are reported by digests, which would reveal a short one.
 *
 * Its probe opens the keystore and makes the key sign for its certificate; it does not try a PIN. It throws `rejected` for a wrong passphrase (or a
 * damaged key file, which looks the same), and what {@link openCaKeystore} throws for unsafe or broken files, and for a
 * passphrase that lies beside its key.
 */
export function caPassphrase(options: CaPassphraseOptions = {}): SecretSpec<string> {
  const setting = options.directorySetting ?? 'CA_DIRECTORY'
  return {
    kind: 'ca-passphrase',
    rule: PASSPHRASE_RULE,
    access: { end: 'owner' },
    minLength: MIN_PASSPHRASE_LENGTH,
    nameFor: (service) => storeName('ca-passphrase', [service]),
    parse(text) {
      checkPassphrase(text)
      const nonProduction = text.startsWith(NON_PRODUCTION_PREFIX)
      return { value: text, sensitive: [text], nonProduction }
    },
    async probe(version, { settings, signal }) {
      signal.throwIfAborted()
      const directory = settings[setting]
      if (typeof directory !== 'string' || directory === '') {
        const message = `${setting} is not set; give the directory that holds ca.key and ca.crt`
        throw new SecretError('missing', message, { setting })
      }
      const { active } = await findGenerations(directory)
      // Tokens count wrong PINs, so only the process that needs the key tries one.
      if (await isInToken(active)) return
      const keystore = await openCaKeystore({ directory: active, passphrase: version })
      await keystore.close()
    },
  }
}

/** The passphrase of a CA key. A person changes it, with a restart of the service. */
export const caPassphraseKind = defineKind({
  kind: 'ca-passphrase',
  parties: ['service'],
  spec: { owner: caPassphrase },
  storeName: (service) => caPassphrase().nameFor(service),
  issue: (_, { nonProduction }) => generatePassphrase({ development: nonProduction }),
  runbook: caRunbook,
})
