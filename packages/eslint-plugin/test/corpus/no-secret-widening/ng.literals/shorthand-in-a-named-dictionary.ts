// @typed
import { secret } from '../../secret.ts'
interface Fields {
  [name: string]: unknown
}
const fields: Fields = { at: Date.now(), secret }
export default fields
