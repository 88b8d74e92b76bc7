import { randomBytes } from 'node:crypto'
import { Secret } from '../../secret.ts'

export const key = Secret.of(randomBytes(32).toString('base64url'), 'session key')
