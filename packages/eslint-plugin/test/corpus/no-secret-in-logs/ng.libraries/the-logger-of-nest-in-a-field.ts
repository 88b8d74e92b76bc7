import { secret } from '../../secret.ts'
import { Injectable, Logger } from '@nestjs/common'
@Injectable()
export class KeyService {
  private readonly out = new Logger(KeyService.name)
  load() {
    this.out.verbose(`loaded ${secret.expose()}`)
  }
}
