import type { ServiceDefinition } from '@rekey/config-loader'
import type { SecretSpec } from '@rekey/secret'
import { z } from 'zod'

/** A service of which only the secrets matter, and these as the texts that they are in the store. */
export type TextDefinition = ServiceDefinition<
  z.ZodObject,
  Readonly<Record<string, SecretSpec<string>>>
>

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
    parse: (text) => ({ ...spec.parse(text), value: text, sensitive: [text] }),
  }
}
