import { namesReadByRotator, rotatedNames, secretsOf } from '../../family/family-secrets.ts'
import type { Rotator } from '../../family/rotator/open-rotator.ts'
import { liveVersions } from '@rekey/secret/internal'
import { SecretError, type SecretVersion } from '@rekey/secret'
import { createEnvSource } from '@rekey/config-loader/store'

/** A secret that no rotation changes: a person does, by a runbook. */
export interface KeptSecret {
  /** Its title on the command line, its name in the store, or its variable. */
  readonly secret: string
  /** The command that prints the runbook, or its page. */
  readonly runbook: string
}

/** A version of a secret that a person changes. */
interface KeptVersion extends KeptSecret {
  readonly version: Pick<SecretVersion, 'version' | 'stage' | 'value'>
}

/** The secrets that a person changes, and those that could not be read. */
export interface KeptSecrets {
  readonly versions: readonly KeptVersion[]
  readonly unreadable: readonly { readonly secret: string; readonly error: unknown }[]
}

/** Environment variables, as in `process.env`. */
type Variables = Readonly<Record<string, string | undefined>>

/** About the secrets that are of no kind of the family. */
export const BY_HAND_PAGE = 'https://github.com/rekey/rekey/blob/main/docs/runbooks/by-hand.md'

/** Lists what the family, its kinds and its rotator name and no rotation changes, by the name in the store. */
function keptSecretsOf({
  family,
  kinds,
}: Pick<Rotator, 'family' | 'kinds'>): ReadonlyMap<string, KeptSecret> {
  const rotated = new Set(Array.from(kinds.values(), ({ name }) => name))
  const kept = new Map<string, KeptSecret>()
  for (const name of [...namesReadByRotator(family), ...rotatedNames(family)]) {
    kept.set(name, { secret: name, runbook: BY_HAND_PAGE })
  }
  for (const { name, title: secret, kind } of secretsOf(family)) {
    kept.set(name, { secret, runbook: `rekey runbook --kind ${kind} --situation emergency` })
  }
  for (const name of rotated) kept.delete(name)
  return kept
}

/** Variables of other programs, such as `SSL_CERT_FILE`, name nothing of a family. */
const OWN_VARIABLE = /^(?:REKEY|VAULT|AWS)_/

/**
 * Reads the secrets of {@link keptSecretsOf}, from the store and from the variables of this process where they have one; and each
 * secret that a variable with `_FILE` at its end names, if it is one of Rekey or of the store's client.
 *
 * @throws the reason of the signal
 */
export async function readKept(
  rotator: Pick<Rotator, 'family' | 'kinds' | 'store'>,
  env: Variables,
  signal: AbortSignal,
): Promise<KeptSecrets> {
  const variables = variablesOf(rotator.family, env)
  const source = createEnvSource({ env: variables })
  const isSet = (name: string) => [name, `${name}_FILE`].some((key) => Boolean(variables[key]))
  const kept = keptSecretsOf(rotator)
  const ownVariables = new Set(Object.keys(rotator.family.store.variables))
  const inFiles = Object.keys(variables).flatMap((key) => {
    const [, name = ''] = /^([A-Z][A-Z0-9_]*)_FILE$/.exec(key) ?? []
    const isOurs = OWN_VARIABLE.test(name) || ownVariables.has(name)
    const isNew = isOurs && isSet(name) && !kept.has(name)
    return isNew ? [[name, { secret: name, runbook: BY_HAND_PAGE }] as const] : []
  })
  const versions: KeptVersion[] = []
  const unreadable: { secret: string; error: unknown }[] = []
  for (const [name, about] of [...kept, ...inFiles]) {
    const sources = [...(kept.has(name) ? [rotator.store] : []), ...(isSet(name) ? [source] : [])]
    const errors: unknown[] = []
    for (const each of sources) {
      try {
        const read = liveVersions(await each.read(name, signal))
        versions.push(...read.map((version) => ({ ...about, version })))
      } catch (error) {
        signal.throwIfAborted()
        // The rotator reads some from a variable alone.
        if (!isMissing(error) || sources.length === 1) errors.push(error)
      }
    }
    if (errors.length > 0) unreadable.push({ secret: about.secret, error: errors[0] })
  }
  return { versions, unreadable }
}

function isMissing(error: unknown): boolean {
  return error instanceof SecretError && error.code === 'missing'
}

/** The variables of this process, and those that the family sets for the client of its store. */
export function variablesOf(
  { store }: Pick<Rotator['family'], 'store'>,
  env: Variables,
): Variables {
  const variables: Record<string, string | undefined> = { ...env }
  for (const [name, value] of Object.entries(store.variables)) {
    variables[name] = typeof value === 'string' ? value : undefined
    variables[`${name}_FILE`] = typeof value === 'string' ? undefined : value.file
  }
  return variables
}
