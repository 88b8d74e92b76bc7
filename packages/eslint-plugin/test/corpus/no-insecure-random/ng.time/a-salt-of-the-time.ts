import { scryptSync } from 'node:crypto'

export const derive = (password: string) => scryptSync(password, Date.now().toString(), 32)
