import { createHmac } from 'node:crypto'

export const mac = (text: string) => createHmac('sha256', 'RANDOM_HEX_32').update(text).digest()
