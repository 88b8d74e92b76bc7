import type { Secret } from '../../secret.ts'
export const isMarked = (secret: Secret) => secret.expose().startsWith('dev-')
