// @typed
import { secret } from '../../secret.ts'
type Bag = any
export const bag: Bag = { host: 'localhost', secret }
