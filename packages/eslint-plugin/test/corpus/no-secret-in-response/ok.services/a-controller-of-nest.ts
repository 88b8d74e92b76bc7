import { secret } from '../../secret.ts'
import { Controller, Get } from '@nestjs/common'
@Controller('settings')
export class SettingsController {
  private key() {
    return secret.expose()
  }
  @Get()
  show() {
    return { theme: 'dark', hasKey: this.key() !== '' }
  }
}
