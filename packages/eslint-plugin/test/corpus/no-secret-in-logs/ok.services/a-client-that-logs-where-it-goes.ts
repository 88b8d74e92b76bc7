import { secret } from '../../secret.ts'
import { logger } from './logger.ts'
export class SigningClient {
  private readonly headers: Record<string, string>
  constructor(private readonly baseUrl: string) {
    this.headers = { 'x-api-key': secret.expose() }
    logger.debug({ baseUrl: this.baseUrl, headers: Object.keys(this.headers) }, 'ready')
  }
}
