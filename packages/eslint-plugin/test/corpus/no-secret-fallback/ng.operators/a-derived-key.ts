import { scryptSync } from 'node:crypto'

export const ENCRYPTION_KEY = scryptSync(process.env.VAULT ?? 'super-secret-key-2026', 'salt', 32)
