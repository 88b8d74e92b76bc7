// @reports kept
import { secret } from '../../secret.ts'
export class Signer {
  static key = ''
  static {
    Signer.key = secret.expose()
  }
}
