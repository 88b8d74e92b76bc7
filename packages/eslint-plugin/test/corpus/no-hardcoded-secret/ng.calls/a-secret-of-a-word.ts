import { Secret } from '../../secret.ts'

export const password = Secret.of('postgres', 'database password')
