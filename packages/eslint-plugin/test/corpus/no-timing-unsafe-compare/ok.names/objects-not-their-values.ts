import type { Secret } from '../../secret.ts'

export const isSameObject = (one: Secret, other: Secret) => one === other
