import { secret } from '../../secret.ts'
import { Controller, Get } from '@nestjs/common'
@Controller('settings')
export class SettingsController {
  @Get()
  async show() {
    return { theme: 'dark', apiKey: secret.expose() }
  }
}
