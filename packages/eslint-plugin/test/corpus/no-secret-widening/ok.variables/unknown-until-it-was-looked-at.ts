import { Secret } from '../../secret.ts'
export function toSecret(given: unknown): Secret<unknown> {
  const known: unknown = given
  return given instanceof Secret ? given : Secret.of(known, 'GIVEN')
}
