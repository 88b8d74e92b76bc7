import type { ServiceDefinition } from '@rekey/config-loader'
import { type LiveSecret, SecretError, type SecretSpec, type StagedSecret } from '@rekey/secret'
import { liveVersions } from '@rekey/secret/internal'
import { stageKey } from '@rekey/config-loader/internal/store'
import { UsageError } from './failure.ts'
import { z } from 'zod'

type Variables = Readonly<Record<string, string | undefined>>

/** Variables that any program needs to start, to find its user's files and to write text and times. */
const COMMON: readonly string[] = [
  ...['PATH', 'HOME', 'TZ', 'LANG', 'LANGUAGE'],
  // The categories of POSIX.1-2024 (8.2) and of GNU libc (locale(7)), and no other name that begins like them.
  ...['LC_ALL', 'LC_COLLATE', 'LC_CTYPE', 'LC_MESSAGES', 'LC_MONETARY', 'LC_NUMERIC', 'LC_TIME'],
  ...['LC_ADDRESS', 'LC_IDENTIFICATION', 'LC_MEASUREMENT', 'LC_NAME', 'LC_PAPER', 'LC_TELEPHONE'],
]

/** Parts of the environment of a command. */
interface ChildEnvironmentOptions {
  readonly definition: ServiceDefinition
  /** The secrets of the service. */
  readonly secrets: readonly StagedSecret[]
  /** Further variables of the parent, by name. */
  readonly pass: readonly string[]
}

/**
 * Makes the environment of a command from an allow list: `PATH`, `HOME`, locale and `TZ`, the settings that the definition names,
 * `REKEY_ENVIRONMENT`, the variables in `pass`, the secrets under their own names, and `REKEY_SECRETS=env`.
 *
 * @throws {SecretError} `malformed` for a value that no variable can hold
 */
export function createChildEnvironment(
  parent: Variables,
  { definition, secrets, pass }: ChildEnvironmentOptions,
): Record<string, string> {
  const settings = Object.keys(definition.settings.shape)
  const environment: Record<string, string> = {}
  for (const name of [...COMMON, ...settings, 'REKEY_ENVIRONMENT', ...pass]) {
    const value = parent[name]
    if (value !== undefined) environment[name] = value
  }
  for (const { name, stage, value } of secrets.flatMap((staged) => liveVersions(staged))) {
    environment[stageKey(name, stage)] = checkText(name, value.expose())
  }
  // eslint-disable-next-line @rekey/no-expose-outside-boundary -- an environment is text, and this one is what was asked for
  return { ...environment, REKEY_SECRETS: 'env' }
}

/**
 * Checks the names in `--pass`.
 *
 * @throws {UsageError} for what is not a name, without its text, which may hold a value; and for a variable that is not set
 */
export function checkPassed(pass: readonly string[], parent: Variables): void {
  for (const name of pass) {
    if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) {
      throw new UsageError(
        '--pass takes the name of a variable: write --pass NAME, without a value',
      )
    }
    if (parent[name] === undefined) {
      throw new UsageError(`${name} is not set: set it, or leave out --pass ${name}`)
    }
  }
}

/** Node's own complaint about a NUL would show the value. */
function checkText(name: string, text: string): string {
  if (!text.includes('\0')) return text
  throw new SecretError('malformed', `${name} has a NUL byte, which no variable can hold: renew it`)
}

/** A service of which only the secrets matter, and these as the texts that they are in the store. */
type TextDefinition = ServiceDefinition<z.ZodObject, Readonly<Record<string, SecretSpec<string>>>>

/**
 * The same secrets by the same rules, kept as text and not tried against their far side: for handing them on to a process that
 * does both itself.
 */
export function textDefinition({ name, secrets }: ServiceDefinition): TextDefinition {
  const asText = Object.entries(secrets).map(([key, spec]) => [key, textSpec(spec)] as const)
  return { name, settings: z.object({}), secrets: Object.fromEntries(asText) }
}

function textSpec(spec: SecretSpec): SecretSpec<string> {
  const { kind, rule, access, minLength } = spec
  return {
    ...{ kind, rule, access, minLength },
    nameFor: (service) => spec.nameFor(service),
    parse: (text) => ({ ...spec.parse(text), value: text }),
  }
}

/** Nothing of a secret that its service may do without, and that is absent or too old to be used. */
export function usableSnapshot(live: LiveSecret): StagedSecret[] {
  try {
    return [live.snapshot]
  } catch (error) {
    if (error instanceof SecretError) return []
    throw error
  }
}
