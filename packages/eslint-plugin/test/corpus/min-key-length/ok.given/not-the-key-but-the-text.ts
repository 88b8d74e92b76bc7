import { createHmac } from 'node:crypto'

export const mac = (key: Buffer) => createHmac('sha256', key).update('short').digest()
