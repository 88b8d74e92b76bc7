import type { Secret } from '../../secret.ts'
export const load = (secret: Secret): any => secret
