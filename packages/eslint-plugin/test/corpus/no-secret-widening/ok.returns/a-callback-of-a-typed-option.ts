import { secret } from '../../secret.ts'
interface Options {
  load(): Promise<unknown>
}
declare function start(options: Options): void
start({ load: () => Promise.resolve(secret) })
