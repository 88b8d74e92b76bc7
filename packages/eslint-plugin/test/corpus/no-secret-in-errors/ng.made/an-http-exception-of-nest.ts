import { secret } from '../../secret.ts'
import { UnauthorizedException } from '@nestjs/common'
export function refuse() {
  throw new UnauthorizedException(`wrong key, expected ${secret.expose()}`)
}
