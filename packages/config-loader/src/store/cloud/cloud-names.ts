import { SecretError } from '@rekey/secret'

const PLACE = /^([a-z\d][a-z\d-]{4,29})(?:\/([A-Za-z\d_-]{1,100}))?$/
/** Characters of a name in Secret Manager. */
const LONGEST_ID = 255

/** Key Vault ignores case. */
const VAULT_NAME = /^[A-Z\d_]{1,127}$/

/** A project, and the names of secrets in it. */
interface GcpPlace {
  /** `projects/PROJECT` */
  readonly parent: string
  /** `NAME`, or `PREFIX-NAME`. The names of Rekey have no hyphen, so no two secrets share one. */
  readonly idOf: (name: string) => string
}

/** @throws {SecretError} `malformed` for what is no project and prefix; `idOf` for a name that is too long */
export function parseGcpPlace(place: string): GcpPlace {
  const [, project, prefix] = PLACE.exec(place) ?? []
  if (project === undefined) {
    const message = 'gcp: name a project, or a project and a prefix of letters, digits, _ and -'
    throw new SecretError('malformed', message)
  }
  return {
    parent: `projects/${project}`,
    idOf(name) {
      const id = prefix === undefined ? name : `${prefix}-${name}`
      if (id.length <= LONGEST_ID) return id
      const message = `a name in Secret Manager has ${LONGEST_ID} characters at most: shorten the prefix`
      throw new SecretError('malformed', message)
    },
  }
}

/**
 * The name in Key Vault, which knows no underscore and no case: `API-KEY-SHOP-STOCK`. Rekey's names have no hyphen, so that no two share one.
 *
 * @throws {SecretError} `malformed` for a name with small letters, or of more than 127 characters
 */
export function vaultName(name: string): string {
  if (VAULT_NAME.test(name)) return name.replaceAll('_', '-')
  const message =
    'a name in Key Vault is 1 to 127 capital letters, digits and underscores: rename it'
  throw new SecretError('malformed', message)
}
