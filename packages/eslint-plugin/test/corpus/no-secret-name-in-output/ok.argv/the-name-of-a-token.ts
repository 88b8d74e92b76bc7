import { execFileSync } from 'node:child_process'
export const create = (tokenName: string) => execFileSync('vault', ['token', 'create', tokenName])
