import { createClient } from 'redis'
interface Options {
  host: string
  password?: string
}
const open = ({ host, password = 'abc' }: Options) => createClient({ socket: { host }, password })
export const cache = open({ host: 'cache' })
