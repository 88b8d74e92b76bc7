import type { ConfigService } from '@nestjs/config'

export const strategy = (config: ConfigService) => ({
  secretOrKey: config.get<string>('auth.jwtSecret', 'nest-secret'),
})
