import { Secret } from '@rekey/secret'
import { isSecretName } from '../signs/secret-names.ts'

/** Further names of variables: parts of one word, and ends that name a secret in an environment alone. */
const MORE_NAMES = new RegExp(
  [
    'secret|token|passw(?:or)?d|passphrase|pwd$|credential|cookie|private',
    '(?:api|access|signing|encryption|session|auth)_?key|_key$|_pat$|_auth$',
  ].join('|'),
  'i',
)

/** Ends of names of variables that are about a secret, and are none. */
const ABOUT =
  /(?:^|_)(?:(?:old)?pwd|file|path|dir|id|name|type|alg|ttl|ms|seconds|url|host|port|sock)$/i

/** The place of secrets, and keys with which others check what was signed. */
const PUBLIC = /^rekey_secrets$|(?:^|_)(?:public|verif(?:y|ier|ication))_key$/i

/** The stage of a secret in the environment: `NAME__PREVIOUS`. */
const STAGE = /__[A-Z]+$/

/** A URL with a password. */
const WITH_PASSWORD = /^[a-z][a-z0-9+.-]*:\/\/[^/?#\s]*:[^/?#\s]+@/i

/** Whether a variable holds a secret, by its name: `API_TOKEN`, `PGPASSWORD`, `STRIPE_KEY`; not `TOKEN_FILE`. */
export function isSecretVariable(name: string): boolean {
  const bare = name.replace(STAGE, '')
  return (isSecretName(bare) || MORE_NAMES.test(bare)) && !ABOUT.test(bare) && !PUBLIC.test(bare)
}

/** The variables of an environment that hold a secret, by their names, and whatever is a URL with a password. */
export function environmentSecrets(env: Readonly<Record<string, string | undefined>>): Secret[] {
  return Object.entries(env).flatMap(([name, value = '']) => {
    const isSecret = isSecretVariable(name) || WITH_PASSWORD.test(value)
    return isSecret && value !== '' ? [Secret.of(value, name)] : []
  })
}
