import { secret } from '../../secret.ts'
const keys = [secret.expose()]
throw new AggregateError(
  keys.map((key) => new Error('bad')),
  `none of ${keys.join(', ')} works`,
)
