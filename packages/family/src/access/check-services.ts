import type { Contradiction, DeclaredSecrets, GrantedAccess } from './held-secret.ts'

/** Each service with a definition belongs to the family. */
export function checkStrangers(
  definitions: readonly DeclaredSecrets[],
  { family: { services }, file }: GrantedAccess,
): Contradiction[] {
  return definitions
    .filter(({ name }) => !services.includes(name))
    .map(({ name, file: definition }) => ({
      rule: 'stranger',
      where: { file: definition },
      why: `${name} is no service of the family`,
      fix: `add ${name} to services in ${file}, or remove its definition`,
    }))
}

/** Each service of the family has a definition. */
export function checkAbsent(
  definitions: readonly DeclaredSecrets[],
  { family: { services }, file }: GrantedAccess,
): Contradiction[] {
  const defined = definitions.map(({ name }) => name)
  return services
    .filter((service) => !defined.includes(service))
    .map((service) => ({
      rule: 'absent-service',
      where: { file, part: 'services' },
      why: `${service} is declared and has no definition`,
      fix: `define it in services/${service}/src/secrets.ts, or take it out of services`,
    }))
}
