// @reports kept
import { secret } from '../../secret.ts'
export class Signer {
  static readonly key = secret.expose()
}
