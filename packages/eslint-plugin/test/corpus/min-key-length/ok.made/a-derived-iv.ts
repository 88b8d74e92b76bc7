import { hkdfSync } from 'node:crypto'

export const ivOf = (master: Buffer) => hkdfSync('sha256', master, '', 'iv', 12)
