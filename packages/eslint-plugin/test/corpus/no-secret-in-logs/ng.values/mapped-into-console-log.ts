// @typed
import { secret } from '../../secret.ts'
secret.map(console.log)
