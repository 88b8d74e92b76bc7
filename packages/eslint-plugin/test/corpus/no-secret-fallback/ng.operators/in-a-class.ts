export class AdsClient {
  private readonly developerToken: string
  private readonly clientSecret: string

  constructor(env: Record<string, string | undefined>) {
    this.developerToken = env.ADS_DEVELOPER_TOKEN || 'INSERT_TOKEN_HERE'
    this.clientSecret = env.ADS_CLIENT_SECRET || 'INSERT_SECRET_HERE'
  }
}
