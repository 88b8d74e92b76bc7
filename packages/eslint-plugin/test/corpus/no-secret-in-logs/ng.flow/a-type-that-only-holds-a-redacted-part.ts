import { secret } from '../../secret.ts'
interface Shown {
  readonly digest: string
  readonly key: string
}
function show(): Shown {
  return { digest: 'x', key: secret.expose() }
}
console.log(show())
