import { SecretError } from '../errors.ts'
import { NON_PRODUCTION_PREFIX, type SecretSpec } from '../secret-spec.ts'
import { storeName } from '../store-name.ts'
import type { Secret } from '../secret.ts'

const MIN_LENGTH = 32
/** Connection URLs, files of settings and drivers take these as they are. */
const CHARACTERS = /^[\x21-\x7e]+$/

/** Creates the spec of a password that one service has at a server of its own, where the user stays the same: `REDIS_SHOP`. */
export function createPasswordSpec(kind: string): SecretSpec<string> {
  return {
    kind,
    rule: `at least ${MIN_LENGTH} visible characters of ASCII`,
    access: { end: 'owner' },
    minLength: MIN_LENGTH,
    nameFor: (service) => storeName(kind, [service]),
    parse(text) {
      if (text.length < MIN_LENGTH) {
        const remedy = `issue a new one with rekey issue ${kind}`
        throw new SecretError('malformed', `it is shorter than ${MIN_LENGTH} characters: ${remedy}`)
      }
      if (!CHARACTERS.test(text)) {
        const remedy = 'store the password alone, without a line break'
        throw new SecretError('malformed', `it has blanks or characters beyond ASCII: ${remedy}`)
      }
      const nonProduction = text.startsWith(NON_PRODUCTION_PREFIX)
      return { value: text, sensitive: [text], nonProduction }
    },
  }
}

/** A login that has its password in its own text. */
interface ParsedLogin {
  readonly user: string
  readonly password: Secret
}

/** Creates the spec of a login of one service, whose rotation makes a user with another name. */
export function createLoginSpec(
  kind: string,
  form: string,
  parse: (text: string) => ParsedLogin,
): SecretSpec<string> {
  return {
    kind,
    rule: `${form} a password of at least ${MIN_LENGTH} characters`,
    access: { end: 'owner' },
    minLength: MIN_LENGTH,
    nameFor: (service) => storeName(kind, [service]),
    parse(text) {
      const { user, password } = parse(text)
      return {
        ...{ value: text, id: user, sensitive: [text, password.expose()] },
        nonProduction: password.expose().startsWith(NON_PRODUCTION_PREFIX),
      }
    },
  }
}
