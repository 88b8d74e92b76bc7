import { once } from 'node:events'

export const interrupted = () => once(process, 'SIGINT')
