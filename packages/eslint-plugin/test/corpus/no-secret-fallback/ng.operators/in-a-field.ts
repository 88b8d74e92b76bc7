export class Mailer {
  readonly #apiKey = process.env.SENDGRID_API_KEY ?? 'SG.test'

  headers() {
    return { authorization: `Bearer ${this.#apiKey}` }
  }
}
