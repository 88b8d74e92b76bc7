import { secret } from '../../secret.ts'
console.error(new AggregateError([new Error(`refused: ${secret.expose()}`)]))
