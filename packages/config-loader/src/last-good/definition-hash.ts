import { createHash } from 'node:crypto'
import type { ServiceDefinition } from '../define-service.ts'
import type { Environment } from '../environment.ts'

/**
 * SHA-256 over what a service needs and where it runs, in hex: a snapshot that was made for anything else does not fit.
 */
export function definitionHash(definition: ServiceDefinition, environment: Environment): string {
  const secrets = Object.entries(definition.secrets)
    .map(([key, spec]) => {
      const { kind, rule, access } = spec
      return [key, kind, rule, access, spec.nameFor(definition.name)]
    })
    .sort()
  const needs = JSON.stringify([definition.name, environment, secrets])
  return createHash('sha256').update(needs).digest('hex')
}
