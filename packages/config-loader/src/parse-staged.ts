import { canMask, type VersionRejection } from '@rekey/secret/internal'
import {
  Secret,
  SecretError,
  type SecretSpec,
  type SecretVersion,
  type StagedSecret,
} from '@rekey/secret'
import type { Environment } from './environment.ts'

/** A secret as its service sees it, and what was left out of it. */
export interface ParsedStages<T> {
  readonly staged: StagedSecret<T>
  /** `pending` or `previous`, if its rule refuses it. */
  readonly leftOut: readonly Rejected[]
}

/** A version that is not taken over, and why. */
export interface Rejected extends Pick<VersionRejection, 'stage' | 'version' | 'by'> {
  readonly error: SecretError
}

/**
 * Reads each version's text by its spec. A bad `current` fails; a bad `pending` or `previous` is left out and reported, so
 * that a half-made rotation cannot stop a service.
 *
 * @throws {SecretError} from the spec, or `refused` if the value belongs to another environment, or in production is too weak to be masked in logs
 */
export function parseStaged<T>(
  spec: SecretSpec<T>,
  raw: StagedSecret,
  environment: Environment,
): ParsedStages<T> {
  const current = parseVersion(spec, raw.current, environment)
  const others: { pending?: SecretVersion<T>; previous?: SecretVersion<T> } = {}
  const leftOut: Rejected[] = []
  for (const stage of ['pending', 'previous'] as const) {
    const version = raw[stage]
    if (version === undefined) continue
    try {
      others[stage] = parseVersion(spec, version, environment)
    } catch (error) {
      if (!(error instanceof SecretError)) throw error
      leftOut.push({ stage, version: version.version, by: 'rule', error })
    }
  }
  return { staged: { name: raw.name, revision: raw.revision, current, ...others }, leftOut }
}

function parseVersion<T>(
  spec: SecretSpec<T>,
  version: SecretVersion,
  environment: Environment,
): SecretVersion<T> {
  const { value, id, sensitive, nonProduction } = spec.parse(version.value.expose())
  if (nonProduction === (environment === 'production')) {
    throw new SecretError('refused', wrongEnvironment(nonProduction, environment))
  }
  if (environment === 'production' && !sensitive.every(canMask)) {
    throw new SecretError('refused', WEAK)
  }
  const label = version.name
  return {
    ...version,
    value: Secret.of(value, label),
    sensitive: sensitive.map((text) => Secret.of(text, label)),
    ...(id !== undefined && { id }),
  }
}

const WEAK =
  'it is too short, or made of words, so it cannot be masked in logs, and this is production: issue 16 random characters or more'

function wrongEnvironment(nonProduction: boolean, environment: Environment): string {
  return nonProduction
    ? 'it is a development value, and this is production: issue a production value'
    : `it is not marked as a development value, and this is ${environment}: issue a development value`
}
