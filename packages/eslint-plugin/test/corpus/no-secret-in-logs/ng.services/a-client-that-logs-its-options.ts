import { secret } from '../../secret.ts'
import { logger } from './logger.ts'
interface Options {
  baseUrl: string
  headers: Record<string, string>
  retries?: number
}
export class SigningClient {
  private readonly options: Options
  constructor(baseUrl: string, overrides: Partial<Options> = {}) {
    this.options = { baseUrl, headers: { 'x-api-key': secret.expose() }, retries: 3, ...overrides }
    logger.debug({ options: this.options }, 'signing client ready')
  }
}
