import { secret } from '../../secret.ts'
import { spawn } from 'node:child_process'
export const run = (rest: string[]) => spawn('vault', ['-token', secret.expose(), ...rest])
