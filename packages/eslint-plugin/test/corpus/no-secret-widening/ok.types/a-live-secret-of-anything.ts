import { type Secret, login } from '../../secret.ts'
interface LiveSecret<T> {
  readonly current: { readonly value: Secret<T> }
}
const live: LiveSecret<unknown> = { current: { value: login } }
export default live
