import type { Secret } from '../../secret.ts'
export const isSame = (one: Secret, other: Secret) => one.expose() === other.expose()
