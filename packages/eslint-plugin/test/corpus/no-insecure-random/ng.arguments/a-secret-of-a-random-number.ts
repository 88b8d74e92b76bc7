import { Secret } from '../../secret.ts'

export const cookieKey = Secret.of(Math.random().toString(36), 'cookie key')
