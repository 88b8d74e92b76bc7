// @reports returned
import type { Secret } from '../../secret.ts'
export const reveal = (secret: Secret) => secret.expose()
