// @reports secretObject
import { Secret } from '../../secret.ts'
console.log(Secret.of('x', 'X').map((value) => value + '!'))
