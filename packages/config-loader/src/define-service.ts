import type { LiveSecret, SecretSpec } from '@rekey/secret'
import type { SpecValue } from '@rekey/secret/internal'
import type { z } from 'zod/v4'

/** The secrets of a service by the names it uses for them. */
export type SecretSpecs = Readonly<Record<string, SecretSpec>>

/** The needs of a service: its own name, its settings, its secrets. Data; no I/O. */
export interface ServiceDefinition<
  Settings extends z.ZodObject = z.ZodObject,
  Specs extends SecretSpecs = SecretSpecs,
> {
  /** `frontend`: part of the names of its secrets in the store. */
  readonly name: string
  /** One key for each environment variable; what is not secret. */
  readonly settings: Settings
  /** The secrets that the service needs, by its own names for them. */
  readonly secrets: Specs
}

/** The live secrets that a service with these specs gets. */
export type LiveSecrets<Specs extends SecretSpecs> = {
  readonly [Key in keyof Specs]: LiveSecret<SpecValue<Specs[Key]>>
}

/**
 * Declares what a service needs. The result is data that the loader, the CLI and the gate read alike.
 *
 * @throws {TypeError} if `settings` is no object schema of zod 4 (`zod` 4, or `zod/v4` of zod 3.25): the messages of other
 * schemas may quote a value
 *
 * @example
 * ```ts
 * export const definition = defineService({
 *   name: 'signing',
 *   settings: z.object({ PORT: z.coerce.number(), CA_DIRECTORY: z.string() }),
 *   secrets: { frontend: apiKeyFrom('frontend'), ca: caPassphrase() },
 * })
 * ```
 */
export function defineService<Settings extends z.ZodObject, Specs extends SecretSpecs>(
  definition: ServiceDefinition<Settings, Specs>,
): ServiceDefinition<Settings, Specs> {
  if (!('_zod' in definition.settings)) {
    const remedy = "make it with z.object of zod 4: import { z } from 'zod/v4'"
    throw new TypeError(`settings of ${definition.name} is no schema of zod 4; ${remedy}`)
  }
  return definition
}
