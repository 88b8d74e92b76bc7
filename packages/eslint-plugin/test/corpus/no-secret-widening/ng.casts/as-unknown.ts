import type { Secret } from '../../secret.ts'
export const raw = (secret: Secret) => secret as unknown
