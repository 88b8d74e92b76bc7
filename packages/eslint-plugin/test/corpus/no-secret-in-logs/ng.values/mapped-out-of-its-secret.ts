// @typed
import { secret } from '../../secret.ts'
secret.map((value) => console.log(value))
