import type { ServiceDefinition } from '@rekey/config-loader'
import { liveVersions, SecretError, type StagedSecret, STAGES } from '@rekey/secret'
import { stageKey } from '@rekey/secret-stores'
import { CREDENTIAL_VARIABLES } from '@rekey/secret-stores/locate'

type Variables = Readonly<Record<string, string | undefined>>

/** What a child process of one service is given, and what it is not. */
export interface ChildEnvironmentOptions {
  /** The secrets of the service. */
  readonly secrets: readonly StagedSecret[]
  /** Every service that is known, this one too. */
  readonly services: readonly ServiceDefinition[]
  /** Credentials of stores that it is to have all the same. */
  readonly keep: readonly string[]
}

/**
 * The environment of a child: that of the parent, less every variable of a secret and every credential of a store, and with
 * exactly these secrets under their own names.
 *
 * @throws {SecretError} `malformed` for a value that no variable can hold
 */
export function createChildEnvironment(
  parent: Variables,
  { secrets, services, keep }: ChildEnvironmentOptions,
): Record<string, string> {
  const withheld = new Set([
    ...CREDENTIAL_VARIABLES.filter((variable) => !keep.includes(variable)),
    ...services.flatMap(variablesOf),
  ])
  const environment: Record<string, string> = {}
  for (const [variable, value] of Object.entries(parent)) {
    if (value !== undefined && !withheld.has(variable)) environment[variable] = value
  }
  for (const { name, stage, value } of secrets.flatMap((staged) => liveVersions(staged))) {
    environment[stageKey(name, stage)] = checkText(name, value.expose())
  }
  // eslint-disable-next-line @rekey/no-expose-outside-boundary -- an environment is text, and this one is what was asked for
  return { ...environment, REKEY_SECRETS: 'env' }
}

/** Every variable that may hold, or lead to, a secret of a service. */
function variablesOf({ name: service, secrets }: ServiceDefinition): string[] {
  return Object.values(secrets).flatMap((spec) =>
    STAGES.flatMap((stage) => {
      const variable = stageKey(spec.nameFor(service), stage)
      return [variable, `${variable}_FILE`]
    }),
  )
}

/** Node's own complaint about a NUL would show the value. */
function checkText(name: string, text: string): string {
  if (!text.includes('\0')) return text
  throw new SecretError('malformed', `${name} has a NUL byte, which no variable can hold: renew it`)
}
