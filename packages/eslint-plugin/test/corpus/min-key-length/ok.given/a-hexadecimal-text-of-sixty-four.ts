import { createHmac } from 'node:crypto'

export const mac = createHmac('sha256', 'RANDOM_HEX_64').update('x').digest()
