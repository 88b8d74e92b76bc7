import { Secret } from '../../secret.ts'

declare const password: Secret | undefined

export const used = password ?? Secret.of('postgres', 'database password')
